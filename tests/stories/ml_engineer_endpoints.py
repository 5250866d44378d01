"""An ML engineer deploys an endpoint and a component, updates both, and pushes an image.

persona: ml_engineer
clients: sagemaker3
environments: [open, closed]
"""

# %% Deploy an endpoint -> allowed
import boto3
import place

sagemaker = boto3.client("sagemaker")
tags = list(getattr(place, "tags", []))
OWN = f"{place.environment}-user"
MODEL = f"{OWN}-{place.persona}-churn"
NETWORK = {"Subnets": place.subnets, "SecurityGroupIds": place.security_groups}
CONTAINER = {"Image": place.image, "ModelDataUrl": f"s3://{place.artifacts}/model.tar.gz"}
VARIANT = {
    "VariantName": "A",
    "ModelName": MODEL,
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}


def deploy(name, variant, **more):
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant], Tags=tags, **more
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)


sagemaker.create_model(
    ModelName=MODEL,
    ExecutionRoleArn=place.role,
    PrimaryContainer=CONTAINER,
    VpcConfig=NETWORK,
    Tags=tags,
)
deploy(f"{OWN}-churn", VARIANT, KmsKeyId=place.key)

# %% Update it, to be rolled back on alarms -> allowed
sagemaker.create_endpoint_config(
    EndpointConfigName=f"{OWN}-churn-2",
    ProductionVariants=[VARIANT],
    KmsKeyId=place.key,
    Tags=tags,
)
ALARMS = [{"AlarmName": f"{OWN}-errors"}]
sagemaker.update_endpoint(
    EndpointName=f"{OWN}-churn",
    EndpointConfigName=f"{OWN}-churn-2",
    DeploymentConfig={
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "ALL_AT_ONCE",
                "WaitIntervalInSeconds": 60,
            }
        },
        "AutoRollbackConfiguration": {"Alarms": ALARMS},
    },
)
sagemaker.describe_endpoint(EndpointName=f"{OWN}-churn")

# %% Call it -> allowed
boto3.client("sagemaker-runtime").invoke_endpoint(EndpointName=f"{OWN}-churn", Body=b"1")

# %% Deploy a component on an endpoint without a model of its own -> allowed
sagemaker.create_endpoint_config(
    EndpointConfigName=f"{OWN}-shared",
    ExecutionRoleArn=place.role,
    VpcConfig=NETWORK,
    KmsKeyId=place.key,
    ProductionVariants=[
        {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    ],
    Tags=tags,
)
sagemaker.create_endpoint(
    EndpointName=f"{OWN}-shared", EndpointConfigName=f"{OWN}-shared", Tags=tags
)
COMPONENT = {
    "InferenceComponentName": f"{OWN}-part",
    "Specification": {
        "ModelName": MODEL,
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
    },
}
sagemaker.create_inference_component(
    **COMPONENT,
    EndpointName=f"{OWN}-shared",
    VariantName="A",
    RuntimeConfig={"CopyCount": 1},
    Tags=tags,
)

# %% Update the component, to be rolled back on alarms -> allowed
sagemaker.update_inference_component(
    **COMPONENT,
    DeploymentConfig={
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 60,
        },
        "AutoRollbackConfiguration": {"Alarms": ALARMS},
    },
)

# %% Delete what was deployed -> allowed
sagemaker.delete_inference_component(InferenceComponentName=f"{OWN}-part")
sagemaker.delete_endpoint(EndpointName=f"{OWN}-shared")
sagemaker.delete_endpoint_config(EndpointConfigName=f"{OWN}-shared")

# %% Deploy with another key -> denied
deploy(f"{OWN}-keyed", VARIANT, KmsKeyId=place.key.replace("key/", "key/other-"))

# %% Deploy another persona's model -> denied
other = {**VARIANT, "ModelName": f"{OWN}-{place.other_persona}-churn"}
deploy(f"{OWN}-other", other, KmsKeyId=place.key)

# %% Make a model that runs as another persona -> denied
sagemaker.create_model(
    ModelName=MODEL,
    ExecutionRoleArn=place.other_role,
    PrimaryContainer=CONTAINER,
    VpcConfig=NETWORK,
)

# %% Make a model outside the VPC -> denied
sagemaker.create_model(ModelName=MODEL, ExecutionRoleArn=place.role, PrimaryContainer=CONTAINER)

# %% Delete an endpoint of the environment -> denied
sagemaker.delete_endpoint(EndpointName=f"{place.environment}-churn")

# %% Push an image -> allowed
ecr = boto3.client("ecr")


def push(repository):
    ecr.get_authorization_token()
    ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=["sha256:0"])
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    ecr.upload_layer_part(
        repositoryName=repository,
        uploadId=upload,
        partFirstByte=0,
        partLastByte=0,
        layerPartBlob=b"x",
    )
    ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=["sha256:0"])
    ecr.put_image(repositoryName=repository, imageManifest="{}", imageTag="1")


push(f"{place.environment}/churn")

# %% Push an image into another team's repository -> denied
push("elsewhere/churn")

# %% Delete images -> denied
ecr.batch_delete_image(repositoryName=f"{place.environment}/churn", imageIds=[{"imageTag": "1"}])
