"""A data engineer fills the lakehouse.

persona: data_engineer
clients: sagemaker3
environments: [dev, prod]
"""

# %% Put a file into raw -> allowed
import boto3
import place

[raw] = [layer for layer in place.layers if layer["name"] == "raw"]
boto3.client("s3").put_object(Bucket=raw["bucket"], Key="files/visits.csv", Body=b"n\n1\n")

# %% Insert into a table -> allowed
import awswrangler as wr

wr.athena.start_query_execution(f"INSERT INTO {raw['database']}.visits SELECT 1", wait=True)

# %% Create a table of files with Glue -> allowed
boto3.client("glue").create_table(
    DatabaseName=raw["database"], TableInput={"Name": "files", "TableType": "EXTERNAL_TABLE"}
)

# %% Register a model -> denied
boto3.client("sagemaker").create_model_package_group(ModelPackageGroupName="churn")

# %% Grant themselves more -> denied
boto3.client("lakeformation").grant_permissions(
    Principal={"DataLakePrincipalIdentifier": place.role},
    Resource={"Database": {"Name": raw["database"]}},
    Permissions=["ALL"],
)
