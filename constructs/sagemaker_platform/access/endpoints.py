"""The activities of deploying and of calling endpoints."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from sagemaker_platform.access.workload import Workload
from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.security import WildcardStatement

_OWN = "Names below one prefix, which no endpoint of a template has."


@checks_types
def deploy_endpoints(workload: Workload, *, files: s3.IBucket) -> list[iam.PolicyStatement]:
    """Return the permissions to deploy, change and delete endpoints by hand.

    Names begin with the prefix of the workload, those of models with that of the persona too.
    An endpoint runs with the role of its model, which is the persona's role. Alarms that roll
    an update back have names with the same prefix.

    Args:
        workload: the network, key and names to use.
        files: where the models' data are.
    """
    stack = Stack.of(workload)

    def arns(*kinds: str) -> list[str]:
        return [
            stack.format_arn(
                service="sagemaker", resource=kind, resource_name=f"{workload.prefix}*"
            )
            for kind in kinds
        ]

    everything = [*arns("endpoint", "endpoint-config", "inference-component"), workload.own_models]
    return [
        *access_to_bucket(files, write=False),
        *use_of_key(workload.key),
        workload.make_models(),
        WildcardStatement(
            actions=["sagemaker:CreateEndpointConfig"],
            resources=arns("endpoint-config"),
            conditions={
                **workload.volumes_encrypted(),
                # Of inference components, whose configuration has no model.
                "ArnLikeIfExists": {"sagemaker:ModelArn": workload.own_models},
            },
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=[
                "sagemaker:CreateEndpoint",
                "sagemaker:CreateInferenceComponent",
                "sagemaker:DeleteEndpoint",
                "sagemaker:DeleteEndpointConfig",
                "sagemaker:DeleteInferenceComponent",
                "sagemaker:DeleteModel",
                "sagemaker:DescribeEndpoint",
                "sagemaker:DescribeEndpointConfig",
                "sagemaker:DescribeInferenceComponent",
                "sagemaker:DescribeModel",
                "sagemaker:UpdateEndpoint",
                "sagemaker:UpdateEndpointWeightsAndCapacities",
                "sagemaker:UpdateInferenceComponent",
                "sagemaker:UpdateInferenceComponentRuntimeConfig",
            ],
            resources=everything,
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=["sagemaker:AddTags"],
            resources=everything,
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            # SageMaker watches the alarms of an update with the role of the model.
            actions=["cloudwatch:DescribeAlarms"],
            resources=[
                stack.format_arn(
                    service="cloudwatch",
                    resource="alarm",
                    resource_name=f"{workload.prefix}*",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=[
                "sagemaker:ListEndpointConfigs",
                "sagemaker:ListEndpoints",
                "sagemaker:ListInferenceComponents",
                "sagemaker:ListModels",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists; reading names only.",
        ),
    ]


def invoke_endpoints(
    scope: IConstruct, *, prefix: str, requests_key: kms.IKey | None = None
) -> list[iam.PolicyStatement]:
    """Return the permissions to call the endpoints whose names begin with a prefix.

    Args:
        scope: a construct of the stack, for its account and region.
        prefix: beginning of the names.
        requests_key: encrypts requests to asynchronous endpoints, and their results; their
            bucket says itself who may use them. Absent, there are none.
    """
    stack = Stack.of(scope)

    def arn(kind: str) -> str:
        return stack.format_arn(service="sagemaker", resource=kind, resource_name=f"{prefix}*")

    return [
        WildcardStatement(
            actions=[
                "sagemaker:DescribeEndpoint",
                "sagemaker:InvokeEndpoint",
                "sagemaker:InvokeEndpointAsync",
                "sagemaker:InvokeEndpointWithResponseStream",
            ],
            resources=[arn("endpoint"), arn("inference-component")],
            wildcard_reason="Endpoints of one environment, whose names it begins.",
        ),
        WildcardStatement(
            actions=["sagemaker:ListEndpoints"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this list; reading names only.",
        ),
        *(
            [
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=[requests_key.key_arn],
                    conditions={
                        "StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}
                    },
                )
            ]
            if requests_key
            else ()
        ),
    ]
