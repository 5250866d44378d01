"""A model approver approves a version of a group that other accounts follow.

persona: model_approver
clients: sagemaker3
environments: [registry-complete]
defaults: false
"""

# %% Read the version and approve it -> allowed
import boto3
import place

GROUP = f"{place.environment}-churn"
PACKAGE = f"arn:aws:sagemaker:{place.region}:{place.account}:model-package/{GROUP}"
sagemaker = boto3.client("sagemaker")
sagemaker.list_model_packages(ModelPackageGroupName=GROUP)
sagemaker.describe_model_package(ModelPackageName=f"{PACKAGE}/1")
sagemaker.update_model_package(
    ModelPackageArn=f"{PACKAGE}/1",
    ModelApprovalStatus="Approved",
    ApprovalDescription="Accuracy 0.91; reviewed with the team",
)

# %% Read it with the SageMaker SDK -> allowed
from sagemaker.core.resources import ModelPackage

package = ModelPackage.get(model_package_name=f"{PACKAGE}/1")
assert package.model_package_arn == f"{PACKAGE}/1"

# %% Approve a version of the other team -> denied
OTHER = PACKAGE.replace("-churn", "-fraud")
sagemaker.update_model_package(ModelPackageArn=f"{OTHER}/1", ModelApprovalStatus="Approved")

# %% Replace the exported model card -> denied
boto3.client("s3").put_object(Bucket=place.artifacts, Key="models/churn/cards/1.json", Body=b"{}")

# %% Start the pipeline -> denied
sagemaker.start_pipeline_execution(PipelineName=GROUP)

# %% Register a version -> denied
sagemaker.create_model_package(
    ModelPackageGroupName=GROUP,
    InferenceSpecification={"Containers": [{"Image": place.image}]},
    ModelApprovalStatus="PendingManualApproval",
)

# %% Delete a version -> denied
sagemaker.delete_model_package(ModelPackageName=f"{PACKAGE}/1")
