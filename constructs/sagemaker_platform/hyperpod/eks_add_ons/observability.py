"""The collectors of HyperPod's observability add-on."""

from collections.abc import Collection
from typing import Any, Literal, get_args

from aws_cdk import Stack
from aws_cdk import aws_aps as aps
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.hyperpod.eks_add_ons.add_on import AddOn, AddOnTarget
from sagemaker_platform.hyperpod.eks_add_ons.grafana import GrafanaWorkspace
from sagemaker_platform.hyperpod.eks_add_ons.pod_roles import PodRole, write_logs_below

MetricKind = Literal[
    "accelerated_compute",
    "custom",
    "inference",
    "network",
    "node",
    "scaling",
    "task_governance",
    "training",
]


@checks_types
class Observability(Construct):
    """AWS's collectors for nodes, GPUs, EFA, tasks and models, which write to Prometheus.

    Needs the pod identity agent, and one node of the size 4xlarge or larger (AWS: "Setting up
    the SageMaker HyperPod observability add-on"). The role writes metrics of one workspace, and
    logs below ``/aws/sagemaker/Clusters``; AWS's documentation lets it read those logs too, for
    which the collectors have no use.

    Args:
        target: where it is installed.
        workspace: receives the metrics.
        grafana: workspace that shows the metrics. Defaults to no workspace.
        advanced: metric categories that are collected at the advanced level, not the basic one.
        scrape_seconds: how often.
        logs: whether logs of the nodes go to CloudWatch.
        version: of the add-on.
    """

    NAME = "amazon-sagemaker-hyperpod-observability"
    NAMESPACE = "hyperpod-observability"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        target: AddOnTarget,
        workspace: aps.CfnWorkspace,
        grafana: GrafanaWorkspace | None = None,
        advanced: Collection[MetricKind] = (),
        scrape_seconds: int = 30,
        logs: bool = True,
        version: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        for kind in advanced:
            require_one_of("advanced", kind, MetricKind)
        stack = Stack.of(self)
        role = PodRole(
            self,
            "Role",
            cluster_arn=target.arn,
            namespace=self.NAMESPACE,
            service_account="hyperpod-observability-operator-otel-collector",
            description="Collectors of HyperPod's observability add-on",
            statements=[
                iam.PolicyStatement(actions=["aps:RemoteWrite"], resources=[workspace.attr_arn]),
                *write_logs_below(
                    self,
                    "/aws/sagemaker/Clusters",
                    wildcard_reason="HyperPod names log groups by ids of clusters.",
                ),
            ],
        )
        provider: dict[str, Any] = {
            f"{_camel(kind)}Metrics": {
                "level": "ADVANCED" if kind in advanced else "BASIC",
                "scrapeInterval": scrape_seconds,
            }
            for kind in get_args(MetricKind)
        }
        configuration: dict[str, Any] = {
            "ampWorkspace": {
                "arn": workspace.attr_arn,
                # CloudFormation's own ends with a slash, which the add-on does not expect.
                "prometheusEndpoint": f"https://aps-workspaces.{stack.region}."
                f"{stack.url_suffix}/workspaces/{workspace.attr_workspace_id}",
            },
            "metricsProvider": provider,
            "logging": {"enabled": logs},
        }
        if grafana is not None:
            configuration["amgWorkspace"] = {
                "arn": grafana.arn,
                "workspaceName": grafana.resource.name,
            }
        self.add_on = AddOn(
            self,
            "AddOn",
            target=target,
            name=self.NAME,
            version=version,
            configuration=configuration,
            roles=[role],
        )


def _camel(kind: str) -> str:
    first, *others = kind.split("_")
    return first + "".join(other.title() for other in others)
