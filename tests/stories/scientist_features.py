"""A data scientist reads features, for a prediction and for training.

persona: data_scientist
clients: sagemaker3
environments: [open, closed]
"""

# %% Read a record -> allowed
import boto3
import place

GROUP, CLAIMS = f"{place.environment}-customers", f"{place.environment}-claims"
features = boto3.client("sagemaker-featurestore-runtime")
features.get_record(FeatureGroupName=GROUP, RecordIdentifierValueAsString="c-1")

# %% Query the table of the offline store -> allowed
import awswrangler as wr

layers = {layer["name"]: layer["database"] for layer in place.layers}
wr.athena.read_sql_query(f"SELECT * FROM {layers['curated']}.customers")

# %% Write a record -> denied
features.put_record(
    FeatureGroupName=GROUP, Record=[{"FeatureName": "customer_id", "ValueAsString": "c-1"}]
)

# %% Read a record of a group of another persona -> denied
features.get_record(FeatureGroupName=CLAIMS, RecordIdentifierValueAsString="1")

# %% Query the table of a group of another persona -> allowed, closed: fails later
wr.athena.start_query_execution(f"SELECT * FROM {layers['raw']}.claims", wait=False)
