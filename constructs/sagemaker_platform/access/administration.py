"""The activity of looking after an environment, without its data."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement

_SEEN = (
    "App",
    "AppImageConfig",
    "AutoMLJobV2",
    "Cluster",
    "ClusterNode",
    "Domain",
    "Endpoint",
    "EndpointConfig",
    "HyperParameterTuningJob",
    "Image",
    "ImageVersion",
    "InferenceComponent",
    "Model",
    "ModelPackage",
    "ModelPackageGroup",
    "ProcessingJob",
    "Space",
    "StudioLifecycleConfig",
    "TrainingJob",
    "TrainingPlan",
    "TransformJob",
    "UserProfile",
)
_LISTED = (
    "AppImageConfigs",
    "Apps",
    "AutoMLJobs",
    "ClusterNodes",
    "Clusters",
    "Domains",
    "EndpointConfigs",
    "Endpoints",
    "HyperParameterTuningJobs",
    "ImageVersions",
    "Images",
    "InferenceComponents",
    "ModelPackageGroups",
    "ModelPackages",
    "Models",
    "ProcessingJobs",
    "Spaces",
    "StudioLifecycleConfigs",
    "Tags",
    "TrainingJobs",
    "TrainingPlans",
    "TransformJobs",
    "UserProfiles",
)


def administer(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return the permissions to see everything of SageMaker and to stop what costs money.

    Whatever has a template is changed there, not by hand. Nothing here reads data: no
    objects, no key, no app or home directory of a user, and no role to pass.
    """
    stack = Stack.of(scope)

    def arns(*kinds: str) -> list[str]:
        return [
            stack.format_arn(service="sagemaker", resource=kind, resource_name="*")
            for kind in kinds
        ]

    def log_groups(prefix: str) -> str:
        return stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{prefix}*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    return [
        WildcardStatement(
            actions=[
                *(f"sagemaker:Describe{noun}" for noun in _SEEN),
                *(f"sagemaker:List{nouns}" for nouns in _LISTED),
                "sagemaker:Search",
                "sagemaker:SearchTrainingPlanOfferings",
                "cloudwatch:DescribeAlarmHistory",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetDashboard",
                "cloudwatch:GetMetricData",
                "cloudwatch:GetMetricStatistics",
                "cloudwatch:ListDashboards",
                "cloudwatch:ListMetrics",
                "logs:DescribeLogGroups",
                "servicequotas:GetServiceQuota",
                "servicequotas:ListServiceQuotas",
            ],
            resources=["*"],
            wildcard_reason="An administrator sees the whole account; names and states, no data.",
        ),
        WildcardStatement(
            actions=[
                "sagemaker:DeleteApp",
                "sagemaker:StopAutoMLJob",
                "sagemaker:StopHyperParameterTuningJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
                "sagemaker:StopTransformJob",
            ],
            resources=arns(
                "app",
                "automl-job",
                "hyper-parameter-tuning-job",
                "processing-job",
                "training-job",
                "transform-job",
            ),
            wildcard_reason="All that runs, for all users; volumes and homes stay.",
        ),
        WildcardStatement(
            actions=[
                "logs:DescribeLogStreams",
                "logs:FilterLogEvents",
                "logs:GetLogEvents",
                "logs:StartQuery",
            ],
            resources=[log_groups("/aws/sagemaker/")],
            wildcard_reason="Logs of SageMaker, and of nothing else.",
        ),
        WildcardStatement(
            actions=["logs:GetQueryResults", "logs:StopQuery"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these actions to a resource.",
        ),
    ]
