"""Metrics of a cluster in Amazon Managed Service for Prometheus, and what they set off."""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_aps as aps
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation.log_group import encrypted_log_group
from sagemaker_platform.hyperpod.eks_add_ons.task_governance import team_cluster_queue
from sagemaker_platform.security import grant

# Images of software are always full.
_DISKS = 'fstype!~"iso9660|overlay|squashfs|tmpfs"'
_QUEUES = team_cluster_queue(".+")


@checks_types
class PrometheusWorkspace(Construct):
    """An encrypted workspace with rules, whose alerts go to a topic.

    The topic's policy must let ``aps.amazonaws.com`` publish, and its key be used by it.
    The workspace keeps its key for good.

    Attributes:
        resource: the workspace.

    Args:
        name: of the workspace, for its alias and log group.
        key: encrypts metrics and logs.
        topic: receives the alerts.
        log_retention_days: how long errors of rules and alerts are kept.
        metric_retention_days: how long metrics are kept.
        waiting_minutes: how long tasks of a team wait before it is an alert.
        removal_policy: of the metrics.
    """

    INTERFACE_ENDPOINTS = ("PROMETHEUS_WORKSPACES",)
    """AWS services that collectors in a closed network call."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        topic: sns.ITopic,
        log_retention_days: int,
        metric_retention_days: int,
        waiting_minutes: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        log_group = f"/aws/vendedlogs/prometheus/{name}"
        logs = encrypted_log_group(
            self, "Logs", key=key, retention_days=log_retention_days, name=log_group
        )
        self.resource = aps.CfnWorkspace(
            self,
            "Resource",
            alias=name,
            kms_key_arn=key.key_arn,
            # With the ending that CloudWatch Logs' own ARNs have.
            logging_configuration=aps.CfnWorkspace.LoggingConfigurationProperty(
                log_group_arn=stack.format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=f"{log_group}:*",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ),
            workspace_configuration=aps.CfnWorkspace.WorkspaceConfigurationProperty(
                retention_period_in_days=metric_retention_days
            ),
            alert_manager_definition=_alert_manager(topic.topic_arn, stack.region),
        )
        self.resource.apply_removal_policy(removal_policy)
        self.resource.node.add_dependency(logs)
        aps.CfnRuleGroupsNamespace(
            self,
            "Rules",
            name="hyperpod",
            workspace=self.resource.attr_arn,
            data=_rules(waiting_minutes),
        )

    def grant_remote_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant sending metrics to the workspace."""
        return self._grant(grantee, "RemoteWrite")

    def grant_query(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant querying metrics of the workspace."""
        return self._grant(grantee, "GetLabels", "GetMetricMetadata", "GetSeries", "QueryMetrics")

    def _grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        return grant(
            grantee,
            [
                iam.PolicyStatement(
                    actions=[f"aps:{action}" for action in actions],
                    resources=[self.resource.attr_arn],
                )
            ],
        )


def _alert_manager(topic_arn: str, region: str) -> str:
    return f"""\
alertmanager_config: |
  route:
    receiver: topic
    group_by: [alertname]
    group_wait: 1m
    group_interval: 10m
    repeat_interval: 12h
  receivers:
    - name: topic
      sns_configs:
        - topic_arn: {topic_arn}
          send_resolved: true
          sigv4:
            region: {region}
"""


def _rules(waiting_minutes: int) -> str:
    """Return the rules, for metrics that AWS's add-on collects.

    Kueue's by their queue, and NVIDIA's (DCGM) with the namespace of the pod that has the GPU.
    """
    return f"""\
groups:
  - name: teams
    interval: 1m
    rules:
      - record: hyperpod:team_gpu_utilization:avg
        expr: avg by (namespace) (DCGM_FI_DEV_GPU_UTIL{{namespace=~"hyperpod-ns-.+"}})
      - record: hyperpod:team_gpus:count
        expr: count by (namespace) (DCGM_FI_DEV_GPU_UTIL{{namespace=~"hyperpod-ns-.+"}})
      - record: hyperpod:team_pending_workloads:sum
        expr: sum by (cluster_queue) (kueue_pending_workloads{{cluster_queue=~"{_QUEUES}"}})
      - record: hyperpod:team_admitted_workloads:sum
        expr: sum by (cluster_queue) (kueue_admitted_active_workloads{{cluster_queue=~"{_QUEUES}"}})
      - alert: QuotaStarvation
        expr: hyperpod:team_pending_workloads:sum > 0
        for: {waiting_minutes}m
        labels:
          severity: warning
        annotations:
          summary: Tasks of {{{{ $labels.cluster_queue }}}} wait
          description: >-
            {{{{ $value }}}} tasks of {{{{ $labels.cluster_queue }}}} have been waiting for
            {waiting_minutes} minutes: the team's quota, what it may borrow, or the cluster
            is too small.
  - name: nodes
    interval: 1m
    rules:
      - alert: GpuError
        expr: max by (Hostname, gpu) (DCGM_FI_DEV_XID_ERRORS) > 0
        labels:
          severity: critical
        annotations:
          summary: GPU {{{{ $labels.gpu }}}} of {{{{ $labels.Hostname }}}} reports an error
          description: XID {{{{ $value }}}}.
      - alert: GpuMemoryError
        expr: increase(DCGM_FI_DEV_ECC_DBE_VOL_TOTAL[10m]) > 0
        labels:
          severity: critical
        annotations:
          summary: GPU {{{{ $labels.gpu }}}} has memory errors that cannot be corrected
          description: On {{{{ $labels.Hostname }}}}.
      - alert: NodeDiskFull
        expr: >-
          1 - node_filesystem_free_bytes{{{_DISKS}}} / node_filesystem_size_bytes{{{_DISKS}}}
          > 0.9
        for: 10m
        labels:
          severity: warning
        annotations:
          summary: A disk of {{{{ $labels.instance }}}} is nearly full
          description: "{{{{ $labels.mountpoint }}}}"
"""
