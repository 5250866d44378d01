"""An ML engineer builds a pipeline, keeps features, registers and deploys a model.

persona: ml_engineer
clients: sagemaker2
environments: [open, closed]
"""

# %% Build a pipeline with the SDK, and run it -> allowed
import boto3
import place
from sagemaker.estimator import Estimator
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import TrainingStep

OWN = f"{place.environment}-user"
PREFIX = f"{OWN}-{place.persona}"
DATA = f"s3://{place.artifacts}/data/"
tags = list(getattr(place, "tags", []))
session = PipelineSession()


def training():
    estimator = Estimator(
        image_uri=place.image,
        role=place.role,
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=session,
    )
    return TrainingStep(name="Train", step_args=estimator.fit({"train": DATA}))


pipeline = Pipeline(name=f"{PREFIX}-train", steps=[training()], sagemaker_session=session)
pipeline.upsert(role_arn=place.role, tags=tags)
pipeline.start()

# %% Build a pipeline that runs as another persona -> denied
pipeline = Pipeline(name=f"{PREFIX}-other", steps=[training()], sagemaker_session=session)
pipeline.create(role_arn=place.other_role)

# %% Start another persona's pipeline -> denied
sagemaker = boto3.client("sagemaker")
sagemaker.start_pipeline_execution(PipelineName=f"{OWN}-{place.other_persona}-train")

# %% Create a feature group -> allowed
GROUP = {
    "FeatureGroupName": f"{OWN}-visits",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "at",
    "FeatureDefinitions": [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "String"},
    ],
    "RoleArn": place.role,
    "OnlineStoreConfig": {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": place.key}},
    "OfflineStoreConfig": {
        "S3StorageConfig": {"S3Uri": f"s3://{place.artifacts}/features", "KmsKeyId": place.key}
    },
    "Tags": tags,
}
sagemaker.create_feature_group(**GROUP)

# %% Write a record and read it -> allowed
features = boto3.client("sagemaker-featurestore-runtime")
features.put_record(
    FeatureGroupName=f"{OWN}-visits",
    Record=[
        {"FeatureName": "id", "ValueAsString": "1"},
        {"FeatureName": "at", "ValueAsString": "2026-01-01T00:00:00Z"},
    ],
)
features.get_record(FeatureGroupName=f"{OWN}-visits", RecordIdentifierValueAsString="1")

# %% Keep features without the key -> denied
sagemaker.create_feature_group(**{**GROUP, "OnlineStoreConfig": {"EnableOnlineStore": True}})

# %% Read features of another environment -> denied
features.get_record(FeatureGroupName="elsewhere-user-a", RecordIdentifierValueAsString="1")

# %% Register a model -> allowed
sagemaker.create_model_package_group(ModelPackageGroupName="churn", Tags=tags)
package = {
    "ModelPackageGroupName": "churn",
    "InferenceSpecification": {"Containers": [{"Image": place.image}]},
}
sagemaker.create_model_package(**package, ModelApprovalStatus="PendingManualApproval")

# %% Register a model that is approved already -> denied
sagemaker.create_model_package(**package, ModelApprovalStatus="Approved")

# %% Approve a model -> denied
sagemaker.update_model_package(
    ModelPackageArn=f"arn:aws:sagemaker:{place.region}:{place.account}:model-package/churn/1",
    ModelApprovalStatus="Approved",
)
