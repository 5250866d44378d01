"""A data engineer fills a feature group, reads a record back and queries the table.

persona: data_engineer
clients: sagemaker3
environments: [open, closed]
"""

# %% Write the first record and read it -> allowed
import boto3
import place

GROUP = f"{place.environment}-customers"
features = boto3.client("sagemaker-featurestore-runtime")
record = [
    {"FeatureName": "customer_id", "ValueAsString": "c-1"},
    {"FeatureName": "event_time", "ValueAsString": "2026-01-01T00:00:00Z"},
    {"FeatureName": "orders_30d", "ValueAsString": "3"},
]
features.put_record(FeatureGroupName=GROUP, Record=record)

found = features.get_record(FeatureGroupName=GROUP, RecordIdentifierValueAsString="c-1")

assert found["Record"] == record

# %% Write a record with the SageMaker SDK -> allowed
from sagemaker.core.resources import FeatureGroup
from sagemaker.core.shapes import FeatureValue

group = FeatureGroup.get(feature_group_name=GROUP)
assert group.record_identifier_feature_name == "customer_id"
group.put_record(
    record=[
        FeatureValue(feature_name="customer_id", value_as_string="c-2"),
        FeatureValue(feature_name="event_time", value_as_string="2026-01-01T00:00:00Z"),
        FeatureValue(feature_name="orders_30d", value_as_string="0"),
    ]
)

# %% Query the table of the offline store -> allowed
import awswrangler as wr

[curated] = [layer for layer in place.layers if layer["name"] == "curated"]
wr.athena.read_sql_query(f"SELECT * FROM {curated['database']}.customers")

# %% Delete a record -> allowed
features.delete_record(
    FeatureGroupName=GROUP,
    RecordIdentifierValueAsString="c-1",
    EventTime="2026-01-02T00:00:00Z",
)

# %% Write into a group that the platform does not know -> denied
features.put_record(FeatureGroupName=f"{place.environment}-other", Record=record)

# %% Delete the feature group -> denied
boto3.client("sagemaker").delete_feature_group(FeatureGroupName=GROUP)
