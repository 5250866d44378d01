"""A data scientist tries to read what the trail recorded, and to hide from it.

persona: data_scientist
clients: sagemaker3
environments: [audit-complete]
defaults: false
"""

# %% Read a log file -> denied
import boto3
import place

trail = place.trail
FILE = f"AWSLogs/{place.account}/CloudTrail/{place.region}/2026/11/27/a.json.gz"

boto3.client("s3").get_object(Bucket=trail["bucket"], Key=FILE)

# %% List log files -> denied
boto3.client("s3").list_objects_v2(Bucket=trail["bucket"])

# %% Query the log group -> denied
boto3.client("logs").start_query(
    logGroupName=trail["log_group"], startTime=0, endTime=1, queryString="fields @message"
)

# %% Look up events -> denied
boto3.client("cloudtrail").lookup_events()

# %% Delete a log file -> denied
boto3.client("s3").delete_object(Bucket=trail["bucket"], Key=FILE)

# %% Stop the trail -> denied
boto3.client("cloudtrail").stop_logging(Name=trail["name"])
