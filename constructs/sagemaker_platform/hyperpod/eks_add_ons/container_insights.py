"""Metrics and logs of a cluster in CloudWatch."""

from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation.log_group import encrypted_log_group
from sagemaker_platform.hyperpod.eks_add_ons.add_on import AddOn, AddOnTarget
from sagemaker_platform.hyperpod.eks_add_ons.pod_roles import PodRole, write_logs_below
from sagemaker_platform.security import WildcardStatement


@checks_types
class ContainerInsights(Construct):
    """Metrics and logs of the cluster in CloudWatch (the add-on amazon-cloudwatch-observability).

    Brings the health of HyperPod's nodes and, with Task Governance, what waits and runs by team
    (AWS: "Amazon SageMaker AI HyperPod metrics" in the CloudWatch guide). Its log groups are made
    here, so that they are encrypted and end.

    Args:
        target: where it is installed.
        key: encrypts the log groups.
        log_retention_days: how long logs are kept.
        version: of the add-on.
        tasks: whether it reads the queues of Task Governance.
        container_logs: whether it collects what containers write.
    """

    NAME = "amazon-cloudwatch-observability"
    NAMESPACE = "amazon-cloudwatch"
    _GROUPS = ("application", "dataplane", "host", "performance")

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        target: AddOnTarget,
        key: kms.IKey,
        log_retention_days: int,
        version: str | None = None,
        tasks: bool = False,
        container_logs: bool = True,
    ) -> None:
        super().__init__(scope, id)
        prefix = f"/aws/containerinsights/{target.name}"
        groups = [
            encrypted_log_group(
                self,
                name.title(),
                key=key,
                retention_days=log_retention_days,
                name=f"{prefix}/{name}",
            )
            for name in self._GROUPS
        ]
        role = PodRole(
            self,
            "Role",
            cluster_arn=target.arn,
            namespace=self.NAMESPACE,
            service_account="cloudwatch-agent",
            description="CloudWatch agent of a HyperPod cluster",
            statements=[
                WildcardStatement(
                    actions=["cloudwatch:PutMetricData"],
                    resources=["*"],
                    conditions={
                        "StringEquals": {"cloudwatch:namespace": ["CWAgent", "ContainerInsights"]}
                    },
                    wildcard_reason="IAM restricts this action by namespace only.",
                ),
                WildcardStatement(
                    actions=["ec2:DescribeTags", "ec2:DescribeVolumes"],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict these actions to a resource.",
                ),
                *write_logs_below(
                    self, prefix, wildcard_reason="The log groups of one EKS cluster."
                ),
            ],
        )
        kubernetes = {
            "enhanced_container_insights": True,
            **({"kueue_container_insights": True} if tasks else {}),
        }
        self.add_on = AddOn(
            self,
            "AddOn",
            target=target,
            name=self.NAME,
            version=version,
            configuration={
                "agent": {"config": {"logs": {"metrics_collected": {"kubernetes": kubernetes}}}},
                "containerLogs": {"enabled": container_logs},
            },
            roles=[role],
            after=groups,
        )
