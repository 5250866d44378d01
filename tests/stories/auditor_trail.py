"""An auditor asks who called what: events, the trail's log group, and its log files.

persona: auditor
clients: sagemaker3
environments: [audit-complete]
defaults: false
"""

# %% Look up who changed a role in the last 90 days -> allowed
import boto3
import place

trail = place.trail
FOLDER = f"AWSLogs/{place.account}/CloudTrail/{place.region}/"
cloudtrail, logs, s3 = boto3.client("cloudtrail"), boto3.client("logs"), boto3.client("s3")

cloudtrail.lookup_events(
    LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutRolePolicy"}]
)

# %% See that the trail records, and what -> allowed
cloudtrail.get_trail_status(Name=trail["name"])
cloudtrail.get_event_selectors(TrailName=trail["name"])

# %% Query the log group -> allowed
query = logs.start_query(
    logGroupName=trail["log_group"],
    startTime=1_767_225_600,
    endTime=1_767_312_000,
    queryString="fields eventTime, userIdentity.arn | filter eventName = 'InvokeEndpoint'",
)
logs.get_query_results(queryId=query.get("queryId", "0"))
logs.filter_log_events(logGroupName=trail["log_group"], filterPattern="{ $.eventName = PutObject }")

# %% List the log files -> allowed
s3.list_objects_v2(Bucket=trail["bucket"], Prefix=FOLDER)

# %% Find the keys that prove that no log file was changed -> allowed
cloudtrail.describe_trails()
cloudtrail.list_public_keys()
s3.get_bucket_location(Bucket=trail["bucket"])

# %% Delete a log file -> denied
s3.delete_object(Bucket=trail["bucket"], Key=f"{FOLDER}2026/11/27/a.json.gz")

# %% Replace a log file -> denied
s3.put_object(Bucket=trail["bucket"], Key=f"{FOLDER}2026/11/27/a.json.gz", Body=b"")

# %% Stop the trail -> denied
cloudtrail.stop_logging(Name=trail["name"])

# %% Delete the log group -> denied
logs.delete_log_group(logGroupName=trail["log_group"])

# %% Read the data of the environment -> denied
s3.get_object(Bucket=place.artifacts, Key="a")
