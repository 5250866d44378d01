"""SageMaker Canvas: enabled features and permissions of users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from sagemaker_platform.access.workload import OUTPUT_KEYS, VOLUME_KEYS
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.security import AccessPolicy, WildcardStatement, write_logs

CANVAS_INTERFACE_ENDPOINTS = ("CLOUDWATCH_MONITORING", "EC2", "ECR", "ECR_DOCKER", "KMS")
"""AWS services that Canvas calls from inside the VPC besides those of every Studio app."""

# Canvas begins the names of what it makes with Canvas or canvas (AWS:
# AmazonSageMakerCanvasFullAccess). One pattern, because a policy has 6144 characters.
_NAMES = "?anvas*"
_BY_NAME = "Canvas chooses the names, and begins all of them like this."


@dataclass(frozen=True, kw_only=True)
class CanvasWorkspace:
    """Where Canvas keeps what its users make: data sets, models, predictions.

    Args:
        bucket: the bucket.
        prefix: all objects are below it.
        key: encrypts them.
    """

    bucket: s3.IBucket
    prefix: str
    key: kms.IKey

    @property
    def uri(self) -> str:
        """The S3 URI that Canvas is given."""
        return f"s3://{self.bucket.bucket_name}/{self.prefix}"

    def access_statements(self) -> list[iam.PolicyStatement]:
        """Return what reads and writes the workspace, its key included."""
        arn = self.bucket.bucket_arn
        return [
            iam.PolicyStatement(
                actions=["s3:GetBucketCORS", "s3:GetBucketLocation"],
                resources=[arn],
            ),
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[arn],
                conditions={"StringLike": {"s3:prefix": [self.prefix, f"{self.prefix}/*"]}},
            ),
            WildcardStatement(
                actions=[
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:PutObject",
                ],
                resources=[f"{arn}/{self.prefix}/*"],
                wildcard_reason="Objects below one prefix: their keys are not known beforehand.",
            ),
            *use_of_key(self.key),
        ]


@dataclass(frozen=True, kw_only=True)
class CanvasSettings:
    """What is on in Canvas, for a whole domain or for one user.

    Args:
        workspace: where artifacts are kept. Another place hides from users what they have
            made in the old one.
        time_series_forecasting: whether users may train models of time series.
        model_register: whether users may register models in the model registry.
        cross_account_model_register_role_arn: a role in the account of the model registry,
            if that is another one.
        direct_deploy: whether users may deploy models to endpoints, which run until they
            are deleted.
        kendra: whether users may ask documents in Amazon Kendra.
        bedrock_role: lets Amazon Bedrock fine-tune models with data of the workspace, see
            `CanvasBedrockRole`. If omitted, users cannot fine-tune.
    """

    workspace: CanvasWorkspace
    time_series_forecasting: bool = True
    model_register: bool = True
    cross_account_model_register_role_arn: str | None = None
    direct_deploy: bool = False
    kendra: bool = False
    bedrock_role: iam.IRole | None = None

    def to_api(self) -> Mapping[str, Any]:
        """Return ``CanvasAppSettings`` for the API, with the status of each feature."""
        register = {"Status": _status(self.model_register)}
        if self.cross_account_model_register_role_arn is not None:
            register["CrossAccountModelRegisterRoleArn"] = (
                self.cross_account_model_register_role_arn
            )
        settings: dict[str, Any] = {
            "TimeSeriesForecastingSettings": {"Status": _status(self.time_series_forecasting)},
            "ModelRegisterSettings": register,
            "DirectDeploySettings": {"Status": _status(self.direct_deploy)},
            "KendraSettings": {"Status": _status(self.kendra)},
            "WorkspaceSettings": {
                "S3ArtifactPath": self.workspace.uri,
                "S3KmsKeyId": self.workspace.key.key_arn,
            },
        }
        if self.bedrock_role is not None:
            settings["GenerativeAiSettings"] = {"AmazonBedrockRoleArn": self.bedrock_role.role_arn}
        return settings


class CanvasBedrockRole(Construct):
    """A role with which Amazon Bedrock reads and writes a Canvas workspace.

    Bedrock may use it for model customization jobs of this account and region only (AWS:
    "Create a service role for model customization" in the Bedrock guide).
    """

    def __init__(self, scope: Construct, id: str, *, workspace: CanvasWorkspace) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        description = "Bedrock for users of Canvas"
        policy = AccessPolicy(
            self, "Policy", statements=workspace.access_statements(), description=description
        )
        self.role = iam.Role(
            self,
            "Resource",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("bedrock.amazonaws.com"),
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="bedrock",
                            resource="model-customization-job",
                            resource_name="*",
                        )
                    },
                },
            ),
            description=description,
            managed_policies=[policy.managed_policy],
        )


def invoke_canvas_endpoints(scope: IConstruct) -> iam.PolicyStatement:
    """Return the statement to call endpoints that Canvas has deployed, for an endpoint policy."""
    return WildcardStatement(
        actions=["sagemaker:InvokeEndpoint"],
        resources=[
            Stack.of(scope).format_arn(
                service="sagemaker", resource="endpoint", resource_name=_NAMES
            )
        ],
        wildcard_reason=_BY_NAME,
    )


def canvas_user_statements(
    scope: IConstruct, settings: CanvasSettings, *, subnet_ids: Sequence[str]
) -> Sequence[iam.PolicyStatement]:
    """Return what a person needs to use Canvas, besides opening Studio and the workspace.

    The shape follows AWS's managed policy AmazonSageMakerCanvasFullAccess, narrowed to the
    account and region of ``scope`` and to what is on in ``settings``. Left out are databases,
    secrets and VPC endpoints that the managed policy allows, and what a `Persona` has that
    passes itself: that, and what SageMaker does for jobs with its role.

    Canvas asks EC2 which services have endpoints in the VPC, and runs its jobs outside if it may
    not (AWS: "Configure Amazon SageMaker Canvas in a VPC without internet access").

    Jobs and models have to be in the VPC, or users could leave it with a job of their own that
    is named like one of Canvas. That Canvas names the domain's subnets, only AWS can show.

    Args:
        scope: where the statements are used.
        settings: what is on, for any of the people.
        subnet_ids: the subnets of the domain.
    """
    stack = Stack.of(scope)

    def arns(service: str, *resources: str) -> list[str]:
        return [
            stack.format_arn(
                service=service, resource=resource, arn_format=ArnFormat.NO_RESOURCE_NAME
            )
            for resource in resources
        ]

    def named(*kinds: str) -> list[str]:
        return arns("sagemaker", *(f"{kind}/{_NAMES}" for kind in kinds))

    statements = [
        WildcardStatement(
            actions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
            resources=arns(
                "sagemaker", "app/${sagemaker:DomainId}/${sagemaker:UserProfileName}/canvas/*"
            ),
            wildcard_reason="The caller's own Canvas app, through IAM policy variables.",
        ),
        WildcardStatement(
            actions=[
                "sagemaker:CreateAutoMLJob",
                "sagemaker:CreateAutoMLJobV2",
                "sagemaker:CreateModel",
                "sagemaker:CreateProcessingJob",
            ],
            resources=named("automl-job", "model", "processing-job"),
            conditions={
                "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": list(subnet_ids)},
                # An empty list satisfies ForAllValues.
                "Null": {"sagemaker:VpcSubnets": "false"},
                "ArnEqualsIfExists": dict.fromkeys(
                    (*OUTPUT_KEYS, *VOLUME_KEYS), settings.workspace.key.key_arn
                ),
            },
            wildcard_reason=_BY_NAME,
        ),
        WildcardStatement(
            actions=[
                "sagemaker:AddTags",
                "sagemaker:DescribeAutoMLJob",
                "sagemaker:DescribeAutoMLJobV2",
                "sagemaker:DescribeModel",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTransformJob",
                "sagemaker:StopAutoMLJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTransformJob",
            ],
            resources=named("automl-job", "model", "processing-job", "transform-job"),
            wildcard_reason=_BY_NAME,
        ),
        # A transform job runs with the role of its model: only models that Canvas has made.
        WildcardStatement(
            actions=["sagemaker:CreateTransformJob"],
            resources=named("transform-job"),
            conditions={"ArnLike": {"sagemaker:ModelArn": named("model")}},
            wildcard_reason=_BY_NAME,
        ),
        WildcardStatement(
            actions=["ec2:DescribeVpcEndpointServices", "sagemaker:ListCandidatesForAutoMLJob"],
            resources=["*"],
            wildcard_reason="IAM knows no resources for these; reading only.",
        ),
        write_logs(scope, "/aws/sagemaker/canvas"),
    ]
    if settings.model_register:
        statements += [
            WildcardStatement(
                actions=["sagemaker:CreateModelPackage"],
                resources=arns("sagemaker", "model-package/*", "model-package-group/*"),
                conditions={"StringNotEquals": {"sagemaker:ModelApprovalStatus": "Approved"}},
                wildcard_reason="Users choose the group; what they add is not approved.",
            ),
            WildcardStatement(
                actions=[
                    "sagemaker:CreateModelPackageGroup",
                    "sagemaker:DescribeModelPackage",
                    "sagemaker:DescribeModelPackageGroup",
                ],
                resources=arns("sagemaker", "model-package/*", "model-package-group/*"),
                wildcard_reason="Users choose the group.",
            ),
            WildcardStatement(
                actions=["sagemaker:AddTags"],
                resources=arns("sagemaker", "model-package/*", "model-package-group/*"),
                conditions={"Null": {"sagemaker:TaggingAction": "false"}},
                wildcard_reason="Only while creating a version or a group.",
            ),
            WildcardStatement(
                actions=["sagemaker:ListModelPackageGroups", "sagemaker:ListModelPackages"],
                resources=["*"],
                wildcard_reason="IAM knows no resources for these lists; reading only.",
            ),
        ]
    if settings.direct_deploy:
        statements += [
            WildcardStatement(
                actions=[
                    "sagemaker:AddTags",
                    "sagemaker:CreateEndpoint",
                    "sagemaker:CreateEndpointConfig",
                    "sagemaker:DeleteEndpoint",
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:DescribeEndpointConfig",
                    "sagemaker:InvokeEndpoint",
                    "sagemaker:UpdateEndpoint",
                ],
                resources=named("endpoint", "endpoint-config"),
                wildcard_reason=_BY_NAME,
            ),
            WildcardStatement(
                actions=["cloudwatch:GetMetricData", "sagemaker:ListEndpoints"],
                resources=["*"],
                wildcard_reason="IAM knows no resources for these; reading only.",
            ),
        ]
    if settings.bedrock_role is not None:
        statements += _fine_tuning(scope, settings.bedrock_role)
    return statements


def _fine_tuning(scope: IConstruct, role: iam.IRole) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)
    return [
        WildcardStatement(
            actions=["bedrock:CreateModelCustomizationJob"],
            resources=[
                stack.format_arn(
                    service="bedrock", account="", resource="foundation-model", resource_name="*"
                ),
                *(
                    stack.format_arn(service="bedrock", resource=kind, resource_name="*")
                    for kind in ("custom-model", "model-customization-job")
                ),
            ],
            wildcard_reason="AWS names models and jobs; users choose which model to fine-tune.",
        ),
        WildcardStatement(
            actions=["bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob"],
            resources=[
                stack.format_arn(
                    service="bedrock", resource="model-customization-job", resource_name="*"
                )
            ],
            wildcard_reason="AWS names the jobs.",
        ),
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
        ),
    ]


def _status(on: bool) -> str:
    return "ENABLED" if on else "DISABLED"
