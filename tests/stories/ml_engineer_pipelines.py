"""An ML engineer starts a pipeline of the environment, watches it, and finds what it registered.

persona: ml_engineer
clients: sagemaker3
environments: [registry-complete]
defaults: false
"""

# %% Start the pipeline and watch its steps -> allowed
import boto3
import place

PIPELINE = f"{place.environment}-churn"
sagemaker = boto3.client("sagemaker")
started = sagemaker.start_pipeline_execution(
    PipelineName=PIPELINE, PipelineParameters=[{"Name": "Commit", "Value": "4733bf6"}]
)
EXECUTION = started["PipelineExecutionArn"]

found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=EXECUTION)
assert found["PipelineExecutionStatus"] == "Succeeded"
steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=EXECUTION)
names = [one["StepName"] for one in steps["PipelineExecutionSteps"]]
assert "Train" in names
assert "Register" in names
[commit] = [
    one["Value"]
    for one in sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=EXECUTION)[
        "PipelineParameters"
    ]
]
assert commit == "4733bf6"

# %% Watch it with the SageMaker SDK -> allowed
from sagemaker.core.resources import PipelineExecution

execution = PipelineExecution.get(pipeline_execution_arn=EXECUTION)
execution.wait_for_status("Succeeded", timeout=60)
assert next(one.step_status for one in execution.get_all_steps()) == "Succeeded"

# %% List executions, and stop one -> allowed
sagemaker.list_pipeline_executions(PipelineName=PIPELINE)
sagemaker.describe_pipeline(PipelineName=PIPELINE)
sagemaker.stop_pipeline_execution(PipelineExecutionArn=EXECUTION)

# %% See the version that waits for approval -> allowed
PACKAGE = f"arn:aws:sagemaker:{place.region}:{place.account}:model-package/{PIPELINE}/1"
sagemaker.list_model_packages(ModelPackageGroupName=PIPELINE)
sagemaker.describe_model_package(ModelPackageName=PACKAGE)

# %% Register a version with the risk and the intended use of its group -> allowed
version = {
    "ModelPackageGroupName": PIPELINE,
    "InferenceSpecification": {"Containers": [{"Image": place.image}]},
    "ModelApprovalStatus": "PendingManualApproval",
}
uses = "Ranks customers for offers - not for prices or credit."
sagemaker.create_model_package(
    **version, CustomerMetadataProperties={"risk": "low", "intended_use": uses}
)

# %% Register a version that says neither -> denied
sagemaker.create_model_package(**version)

# %% Register a version that says another risk than its group -> denied
sagemaker.create_model_package(
    **version, CustomerMetadataProperties={"risk": "high", "intended_use": uses}
)

# %% Register a version of the other team -> denied
sagemaker.create_model_package(
    **{**version, "ModelPackageGroupName": PIPELINE.replace("-churn", "-fraud")},
    CustomerMetadataProperties={"risk": "high", "intended_use": uses},
)

# %% Export its model card, as the verb `model-card` does -> allowed
s3 = boto3.client("s3")
sagemaker.describe_model_package(ModelPackageName=PACKAGE)
s3.put_object(Bucket=place.artifacts, Key="models/churn/cards/1.json", Body=b"{}")
s3.get_object(Bucket=place.artifacts, Key="models/churn/cards/1.json")

# %% Approve it -> denied
sagemaker.update_model_package(ModelPackageArn=PACKAGE, ModelApprovalStatus="Approved")

# %% Change the pipeline -> denied
sagemaker.update_pipeline(PipelineName=PIPELINE, PipelineDefinition="{}")

# %% Start it with another role's rights -> denied
sagemaker.create_pipeline(
    PipelineName=f"{place.environment}-user-{place.persona}-x",
    PipelineDefinition="{}",
    RoleArn=place.other_role,
)

# %% Start a pipeline of another environment -> denied
sagemaker.start_pipeline_execution(PipelineName="elsewhere-churn")

# %% Delete the pipeline -> denied
sagemaker.delete_pipeline(PipelineName=PIPELINE)
