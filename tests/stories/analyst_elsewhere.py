"""An analyst of one environment tries what is in another.

persona: data_scientist
clients: sagemaker3
environments: [open, closed]
"""

# %% Read an object of every other environment's buckets -> denied
import boto3
import place
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
refused = []


def refuse(call, **parameters):
    """Go on after a denial, to try all."""
    try:
        call(**parameters)
    except ClientError as error:
        refused.append(error)


for bucket in place.other_buckets:
    refuse(s3.get_object, Bucket=bucket["bucket"], Key="any")

assert place.other_buckets
assert len(refused) == len(place.other_buckets)
raise refused[0]

# %% List their objects -> denied
s3.list_objects_v2(Bucket=place.other_buckets[0]["bucket"])

# %% Write into them -> denied
s3.put_object(Bucket=place.other_buckets[0]["bucket"], Key="any", Body=b"x")

# %% Query in their workgroups -> denied
[other] = {"open", "closed"} - {place.environment}
boto3.client("athena").start_query_execution(
    QueryString="SELECT 1", WorkGroup=f"{other}-data_scientist"
)

# %% Call their endpoints -> denied
boto3.client("sagemaker-runtime").invoke_endpoint(EndpointName=f"{other}-churn", Body=b"1")

# %% Take on a role there -> denied
boto3.client("sts").assume_role(
    RoleArn=place.role.replace(place.account, "333333333333"), RoleSessionName="me"
)
