"""A data scientist browses JumpStart and schedules a notebook.

persona: data_scientist
clients: sagemaker3
environments: [open, closed]
"""

# %% Browse JumpStart -> allowed
import boto3
import place

sagemaker = boto3.client("sagemaker")
s3 = boto3.client("s3")
HUB = {"HubName": "SageMakerPublicHub", "HubContentType": "Model"}
OWN = f"{place.environment}-user-{place.persona}"

sagemaker.list_hub_contents(**HUB)
sagemaker.describe_hub_content(**HUB, HubContentName="a-model")
s3.list_objects_v2(Bucket=f"jumpstart-cache-prod-{place.region}", Prefix="models")

# %% Change JumpStart's hub -> denied
sagemaker.delete_hub_content(**HUB, HubContentName="a-model", HubContentVersion="1.0.0")

# %% Schedule a notebook -> allowed
SCHEDULED = [{"Key": "sagemaker:is-scheduling-notebook-job", "Value": "true"}]
PIPELINE = f"arn:aws:sagemaker:{place.region}:{place.account}:pipeline"
RULE = {"Name": f"{OWN}-report", "ScheduleExpression": "cron(0 6 * * ? *)", "Tags": SCHEDULED}
events = boto3.client("events")

s3.put_object(Bucket=place.artifacts, Key="notebooks/in.ipynb", Body=b"{}")
sagemaker.create_pipeline(
    PipelineName=f"{OWN}-report",
    PipelineDefinition="{}",
    ClientRequestToken="0" * 32,
    RoleArn=place.role,
    Tags=SCHEDULED,
)
events.put_rule(**RULE)
events.put_targets(
    Rule=f"{OWN}-report",
    Targets=[{"Id": "1", "Arn": f"{PIPELINE}/{OWN}-report", "RoleArn": place.role}],
)

# %% Pause the schedule and end it -> allowed
events.disable_rule(Name=f"{OWN}-report")
events.remove_targets(Rule=f"{OWN}-report", Ids=["1"])
events.delete_rule(Name=f"{OWN}-report")
sagemaker.delete_pipeline(PipelineName=f"{OWN}-report", ClientRequestToken="0" * 32)

# %% Schedule something else than a notebook -> denied
events.put_rule(**{**RULE, "Tags": []})

# %% Schedule under a name of the environment -> denied
events.put_rule(**{**RULE, "Name": f"{place.environment}-report"})

# %% Schedule a pipeline as another persona -> denied
other = f"{place.environment}-user-{place.other_persona}-report"
events.put_rule(**{**RULE, "Name": f"{OWN}-other"})
events.put_targets(
    Rule=f"{OWN}-other",
    Targets=[{"Id": "1", "Arn": f"{PIPELINE}/{other}", "RoleArn": place.other_role}],
)

# %% Let a rule call something else than a pipeline -> denied
topic = f"arn:aws:sns:{place.region}:{place.account}:{place.environment}-alarms"
events.put_targets(Rule=f"{OWN}-other", Targets=[{"Id": "1", "Arn": topic}])
