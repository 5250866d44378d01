"""A data scientist, who has no business with the bill, tries to read it.

persona: data_scientist
clients: sagemaker3
environments: [budget-complete]
defaults: false
"""

# %% Query in the workgroup of the bill -> denied
import boto3
import place

bill = place.bill
boto3.client("athena").start_query_execution(
    QueryString=f"SELECT * FROM {bill['database']}.cost_by_team", WorkGroup=bill["workgroup"]
)

# %% Look up where the bill is -> denied
boto3.client("glue").get_table(DatabaseName=bill["database"], Name="line_items")

# %% Read a file of the bill -> denied
boto3.client("s3").get_object(Bucket=bill["bucket"], Key="cur2/lines.parquet")
