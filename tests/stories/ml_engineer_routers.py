"""An ML engineer reaches the endpoint of another account through the router, and only so.

persona: ml_engineer
clients: sagemaker3
environments: [inference-primary, inference-secondary]
defaults: false
"""

# %% Ask for a score through the router of the region -> allowed
import boto3
import place

PRIMARY = ("inference-primary", "eu-west-1", "444444444444")
SECONDARY = ("inference-secondary", "eu-central-1", "666666666666")
here, there = (PRIMARY, SECONDARY) if place.environment == PRIMARY[0] else (SECONDARY, PRIMARY)
router = boto3.client("sagemaker-inference-router-runtime")


def score(name):
    answer = router.invoke_inference_router(
        InferenceRouterName=name,
        RoutingTargetName="scorer",
        ContentType="text/csv",
        Body=b"1,2,3",
    )
    return answer["Body"].read()


score(f"{here[0]}-models")

# %% Ask the endpoint of the own account -> allowed
runtime = boto3.client("sagemaker-runtime")


def ask(name):
    return runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=b"1,2,3")


ask(f"{here[0]}-scorer")

# %% Ask the endpoint of the other account directly -> denied
elsewhere = boto3.client("sagemaker-runtime", region_name=there[1])
elsewhere.invoke_endpoint(
    EndpointName=f"arn:aws:sagemaker:{there[1]}:{there[2]}:endpoint/{there[0]}-scorer",
    ContentType="text/csv",
    Body=b"1,2,3",
)

# %% Ask through a router that is not the environment's -> denied
score("another-router")

# %% Create another router, which could lead anywhere -> denied
boto3.client("sagemaker").create_inference_router(
    InferenceRouterName=f"{here[0]}-mine",
    RoutingTargets=[
        {
            "Name": "scorer",
            "Destinations": [
                {
                    "ResourceArn": f"arn:aws:sagemaker:{there[1]}:{there[2]}:endpoint/"
                    f"{there[0]}-scorer"
                }
            ],
        }
    ],
)

# %% Let another caller in by the endpoint's policy -> denied
boto3.client("sagemaker").put_endpoint_policy(
    EndpointName=f"{here[0]}-scorer", ResourcePolicy='{"Version": "2012-10-17", "Statement": []}'
)
