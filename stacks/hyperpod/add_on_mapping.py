"""Wires HyperPod's own add-ons, Task Governance and observability of a cluster with EKS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct, IDependable

from sagemaker_platform.hyperpod.eks_add_ons import (
    AddOn,
    AddOnTarget,
    ContainerInsights,
    GrafanaWorkspace,
    InferenceOperator,
    Observability,
    PriorityClass,
    PrometheusWorkspace,
    Quota,
    Saml,
    Scheduler,
    Spaces,
    TaskGovernance,
    TaskMetrics,
    Team,
    TrainingOperator,
    cluster_manifests,
    team_manifests,
)
from sagemaker_platform.network import INetwork
from stacks.hyperpod.add_on_settings import ObservabilitySettings
from stacks.hyperpod.eks_settings import EksClusterSettings
from stacks.hyperpod.governance_settings import TaskGovernanceSettings, TeamSettings
from stacks.names import pascal_case

if TYPE_CHECKING:
    from sagemaker_platform.hyperpod.kubernetes import KubernetesApi

_SHARING: Mapping[str, Literal["Lend", "DontLend", "LendAndBorrow"]] = {
    "lend": "Lend",
    "dont_lend": "DontLend",
    "lend_and_borrow": "LendAndBorrow",
}
_PROMETHEUS_DAYS = 150
_SCRAPE_SECONDS = 30


class HyperPodAddOns(Construct):
    """All that runs on the nodes of one cluster besides what they cannot do without.

    Attributes:
        task_metrics: graphs of tasks, None without Container Insights.
        quotas: the quotas of teams, with which their namespaces are made, by team.

    Args:
        settings: of the cluster.
        target: where add-ons are installed.
        kubernetes: the EKS cluster.
        network: of the environment.
        key: encrypts metrics, logs and certificates.
        access_logs: receives the access logs of buckets.
        alarm_topic: receives alarms and alerts.
        log_retention_days: how long logs are kept.
        removal_policy: of metrics and logs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: EksClusterSettings,
        target: AddOnTarget,
        kubernetes: KubernetesApi,
        network: INetwork,
        key: kms.IKey,
        access_logs: s3.IBucket,
        alarm_topic: sns.ITopic,
        log_retention_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self._settings = settings
        self._target = target
        self._network = network
        self._key = key
        self._topic = alarm_topic
        self._log_retention_days = log_retention_days
        self._removal = removal_policy
        self.task_metrics: TaskMetrics | None = None
        self.quotas: Mapping[str, IDependable] = {}
        add_ons = settings.hyperpod_add_ons
        if add_ons.training_operator is not None:
            TrainingOperator(
                self, "TrainingOperator", target=target, version=add_ons.training_operator.version
            )
        if add_ons.spaces is not None:
            Spaces(
                self,
                "Spaces",
                target=target,
                version=add_ons.spaces.version,
                remote_access=add_ons.spaces.remote_access,
            )
        workspace = None
        if add_ons.prometheus is not None:
            workspace = self._prometheus(add_ons.prometheus)
        elif add_ons.observability is not None:
            self._cloudwatch(add_ons.observability)
        if add_ons.inference_operator is not None:
            operator = InferenceOperator(
                self,
                "InferenceOperator",
                target=target,
                vpc=network.vpc,
                key=key,
                access_logs=access_logs,
                # Certificates that the operator makes anew.
                removal_policy=RemovalPolicy.DESTROY,
                workspace=workspace.resource if workspace else None,
                gated_models=add_ons.inference_operator.gated_models,
                version=add_ons.inference_operator.version,
            )
            CfnOutput(self, "CertificateBucket", value=operator.certificates.bucket_name)
        if settings.task_governance is not None:
            self._govern(settings.task_governance, kubernetes)

    def _prometheus(self, settings: ObservabilitySettings) -> PrometheusWorkspace:
        workspace = PrometheusWorkspace(
            self,
            "Prometheus",
            name=self._target.cluster_name,
            key=self._key,
            topic=self._topic,
            log_retention_days=self._log_retention_days,
            metric_retention_days=settings.metric_retention_days or _PROMETHEUS_DAYS,
            waiting_minutes=settings.pending_workload_minutes,
            removal_policy=self._removal,
        )
        grafana = None
        if settings.grafana is not None:
            saml = settings.grafana.saml
            grafana = GrafanaWorkspace(
                self,
                "Grafana",
                name=self._target.cluster_name,
                network=self._network,
                workspace=workspace.resource,
                identity_center="identity_center" in settings.grafana.authentication,
                saml=Saml(**saml.model_dump()) if saml else None,
                version=settings.grafana.version,
            )
            CfnOutput(self, "GrafanaEndpoint", value=grafana.resource.attr_endpoint)
        advanced = settings.advanced_metrics
        if advanced is None:
            advanced = ["task_governance"] if self._settings.task_governance else []
        Observability(
            self,
            "Observability",
            target=self._target,
            workspace=workspace.resource,
            grafana=grafana,
            advanced=advanced,
            scrape_seconds=settings.scrape_interval_seconds or _SCRAPE_SECONDS,
            logs=settings.container_logs,
            version=settings.version,
        )
        CfnOutput(self, "PrometheusArn", value=workspace.resource.attr_arn)
        return workspace

    def _cloudwatch(self, settings: ObservabilitySettings) -> None:
        governance = self._settings.task_governance
        ContainerInsights(
            self,
            "ContainerInsights",
            target=self._target,
            key=self._key,
            log_retention_days=self._log_retention_days,
            version=settings.version,
            tasks=governance is not None,
            container_logs=settings.container_logs,
        )
        self.task_metrics = TaskMetrics(
            self,
            "Tasks",
            kubernetes_name=self._target.name,
            teams=[team.name for team in governance.teams] if governance else [],
            waiting_minutes=settings.pending_workload_minutes,
            topic=self._topic,
        )

    def _govern(self, settings: TaskGovernanceSettings, kubernetes: KubernetesApi) -> None:
        add_on = AddOn(
            self,
            "TaskGovernance",
            target=self._target,
            name="amazon-sagemaker-hyperpod-taskgovernance",
            version=settings.version,
        )
        scheduler = settings.scheduler
        governance = TaskGovernance(
            self,
            "Governance",
            name=self._target.cluster_name,
            cluster=self._target.cluster,
            scheduler=Scheduler(
                fair_share=scheduler.fair_share,
                idle_resource_sharing=scheduler.idle_resource_sharing,
                priority_classes=[
                    PriorityClass(**one.model_dump()) for one in scheduler.priority_classes
                ],
            )
            if scheduler
            else None,
            teams=[_team(team) for team in settings.teams],
            after=[add_on],
        )
        self.quotas = governance.quotas
        if settings.teams:
            kubernetes.apply("TeamsAccess", *cluster_manifests(), after=[add_on])
        for team in settings.teams:
            # The namespace is there when the quota is.
            kubernetes.apply(
                f"Team{pascal_case(team.name)}Access",
                *team_manifests(team.name),
                after=[governance.quotas[team.name]],
            )


def _team(settings: TeamSettings) -> Team:
    return Team(
        name=settings.name,
        quotas=[
            Quota(
                instance_type=quota.instance_type,
                count=quota.count,
                accelerators=quota.accelerators,
                vcpus=quota.vcpu,
                memory_gib=quota.memory_gib,
                partition=(
                    quota.accelerator_partition.type,
                    quota.accelerator_partition.count,
                )
                if quota.accelerator_partition
                else None,
            )
            for quota in settings.resources
        ],
        fair_share_weight=settings.fair_share_weight,
        sharing=_SHARING[settings.sharing],
        borrow_limit_percent=settings.borrow_limit_percent,
        preempt=settings.preemption == "lower_priority",
        enabled=settings.activation == "enabled",
    )
