"""A model approver reads a model and approves it, and can do nothing else with models.

persona: model_approver
clients: sagemaker3
environments: [open, closed]
"""

# %% Find the model that waits -> allowed
import boto3
import place

sagemaker = boto3.client("sagemaker")
tags = list(getattr(place, "tags", []))
PACKAGE = f"arn:aws:sagemaker:{place.region}:{place.account}:model-package/churn/1"

sagemaker.list_model_package_groups()
sagemaker.list_model_packages(ModelPackageGroupName="churn")
sagemaker.describe_model_package(ModelPackageName=PACKAGE)

# %% Approve it -> allowed
sagemaker.update_model_package(ModelPackageArn=PACKAGE, ModelApprovalStatus="Approved")

# %% Reject it -> allowed
sagemaker.update_model_package(
    ModelPackageArn=PACKAGE, ModelApprovalStatus="Rejected", ApprovalDescription="It drifts."
)

# %% Register a model of their own -> denied
sagemaker.create_model_package_group(ModelPackageGroupName="own", Tags=tags)
sagemaker.create_model_package(ModelPackageGroupName="own", ModelApprovalStatus="Approved")

# %% Delete a model -> denied
sagemaker.delete_model_package(ModelPackageName=PACKAGE)

# %% Make a model to deploy -> denied
sagemaker.create_model(
    ModelName=f"{place.environment}-user-{place.persona}-a",
    ExecutionRoleArn=place.role,
    PrimaryContainer={"Image": place.image},
    VpcConfig={"Subnets": place.subnets, "SecurityGroupIds": place.security_groups},
)

# %% Run a job -> denied
sagemaker.create_training_job(
    TrainingJobName="a",
    RoleArn=place.role,
    AlgorithmSpecification={"TrainingImage": place.image, "TrainingInputMode": "File"},
    OutputDataConfig={"S3OutputPath": f"s3://{place.artifacts}/out", "KmsKeyId": place.key},
    ResourceConfig={
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
        "VolumeKmsKeyId": place.key,
    },
    VpcConfig={"Subnets": place.subnets, "SecurityGroupIds": place.security_groups},
    StoppingCondition={"MaxRuntimeInSeconds": 3600},
)

# %% Read data of the lakehouse -> denied
boto3.client("athena").start_query_execution(
    QueryString="SELECT 1", WorkGroup=f"{place.environment}-data_scientist"
)

# %% Read features -> denied
boto3.client("sagemaker-featurestore-runtime").get_record(
    FeatureGroupName=f"{place.environment}-customers", RecordIdentifierValueAsString="c-1"
)
