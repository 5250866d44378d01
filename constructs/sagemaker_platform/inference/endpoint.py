"""What all endpoints have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.catalog.local_disks import has_local_storage
from sagemaker_platform.inference.alarms import AlarmGroup
from sagemaker_platform.inference.cross_region_cap import CappedConfiguration, CrossRegionCap
from sagemaker_platform.inference.dashboard import EndpointDashboard
from sagemaker_platform.inference.instances import Instances
from sagemaker_platform.inference.model import ModelSource
from sagemaker_platform.inference.named_endpoint import NamedEndpoint
from sagemaker_platform.inference.state_changes import tell_of_rollbacks
from sagemaker_platform.network import INetwork
from sagemaker_platform.security import AccessPolicy, acknowledge, in_compliance_packs


@checks_types
@dataclass(frozen=True, kw_only=True)
class EndpointMetrics:
    """What SageMaker measures beyond its usual metrics, which costs as custom metrics do.

    Args:
        enhanced: metrics of each instance, and of each container of a component.
        detailed: what containers publish themselves, and each GPU.
        publish_seconds: 10, 30, 60, 120, 180, 240 or 300.
    """

    enhanced: bool = False
    detailed: bool = False
    publish_seconds: int = 60


@checks_types
@dataclass(frozen=True, kw_only=True)
class EndpointContext:
    """What an endpoint needs of the environment around it.

    Args:
        network: the model's containers run in its private subnets.
        key: encrypts instance volumes, logs and captured data. Its policy must
            let EventBridge use it for queues, see `EnvironmentKey.grant_events_queue`.
        alarm_topic: receives the alarms, and EventBridge events of endpoints and jobs;
            its policy must allow both, as that of `AlarmTopic` does.
        log_retention_days: how long the containers' logs are kept; one of the periods that
            CloudWatch Logs offers.
        removal_policy: of log groups and buckets.
        shards: receives models that are sharded before they are served. Defaults to no such
            models.
    """

    network: INetwork | ec2.IVpc
    key: kms.IKey
    alarm_topic: sns.ITopic
    log_retention_days: int
    removal_policy: RemovalPolicy
    shards: s3.IBucket | None = None


@checks_types
class Endpoint(NamedEndpoint):
    """A named endpoint with a log group, and what its users need to call it.

    Not used by itself: `RealTimeEndpoint`, `ComponentEndpoint`, `AsynchronousEndpoint` and
    `ServerlessEndpoint` are endpoints.

    Args:
        name: name of the endpoint, unique in account and region; clients call it.
        context: network, key, topic and so on.

    Attributes:
        name: name of the endpoint.
        resource: the endpoint.
        context: what it was given.
        log_group_name: log group of its containers.
    """

    INTERFACE_ENDPOINTS = ("SAGEMAKER_RUNTIME",)
    """AWS services that clients inside the VPC call."""

    resource: sagemaker.CfnEndpoint

    def __init__(self, scope: Construct, id: str, *, name: str, context: EndpointContext) -> None:
        super().__init__(scope, id, name=name)
        self.context = context
        self.log_group_name = f"/aws/sagemaker/Endpoints/{name}"
        self._alarm_groups: list[AlarmGroup] = []
        self._log_group = self._make_log_group("LogGroup", self.log_group_name)

    @staticmethod
    def from_endpoint_name(scope: Construct, id: str, name: str) -> NamedEndpoint:
        """Import an endpoint of the account and region of the stack."""
        return NamedEndpoint(scope, id, name=name)

    def add_dashboard(
        self, *, more: Sequence[Callable[[EndpointDashboard], None]] = ()
    ) -> EndpointDashboard:
        """Make a dashboard, called like the endpoint.

        Args:
            more: add what others watch of the endpoint, such as `EndpointMonitoring.show`.
        """
        dashboard = EndpointDashboard(self, "Dashboard", name=self.name, alarms=self._alarm_groups)
        self._show(dashboard)
        for show in more:
            show(dashboard)
        dashboard.finish()
        return dashboard

    def _show(self, dashboard: EndpointDashboard) -> None:
        """Put what an endpoint of a type is about onto its dashboard."""
        raise NotImplementedError

    def _sharded(self, id: str, source: ModelSource, *, name: str) -> ModelSource:
        """Return a model as it is served: sharded, if it has a sharding.

        Args:
            id: of the construct that parts it.
            source: the model.
            name: what the job that parts it is called, with a hash.
        """
        if source.sharding is None:
            return source
        if self.context.shards is None:
            raise ValueError(f"expected context with a bucket for the shards of {name}")
        # Rarely on, and its import takes time.
        from sagemaker_platform.inference.fast_model_loader import FastModelLoader

        context = self.context
        return FastModelLoader(
            self,
            id,
            name=name,
            source=source,
            sharding=source.sharding,
            bucket=self.context.shards,
            network=context.network,
            key=context.key,
            log_retention_days=context.log_retention_days,
            removal_policy=context.removal_policy,
        ).source

    def _make_log_group(self, id: str, name: str) -> logs.CfnLogGroup:
        # SageMaker writes to a group of this name, and would make it without key or end.
        # (The L2 takes no number of days.)
        log_group = logs.CfnLogGroup(
            self,
            id,
            log_group_name=name,
            kms_key_id=self.context.key.key_arn,
            retention_in_days=self.context.log_retention_days,
        )
        log_group.apply_removal_policy(self.context.removal_policy)
        return log_group

    def _configure(
        self,
        *,
        variants: Sequence[sagemaker.CfnEndpointConfig.ProductionVariantProperty],
        instances: Sequence[Instances] = (),
        metrics: EndpointMetrics | None = None,
        cap: CrossRegionCap | None = None,
        role: iam.IRole | None = None,
        **properties: Any,
    ) -> str:
        """Make the configuration, encrypted where the instances take a key; return its name.

        Instances with local disks encrypt them in hardware and take no key (AWS:
        ``CreateEndpointConfig``, KmsKeyId); a serverless variant has no instances.
        """
        types = [name for one in instances for name in one.types]
        keyless = [name for name in types if has_local_storage(name)]
        if keyless and len(keyless) < len(types):
            raise ValueError(
                f"expected instance types that all have local disks, or none, got {types}"
            )
        configuration = sagemaker.CfnEndpointConfig(
            self,
            "Configuration",
            kms_key_id=None if keyless or not types else self.context.key.key_arn,
            production_variants=list(variants),
            execution_role_arn=role.role_arn if role else None,
            metrics_config=None
            if metrics is None
            else sagemaker.CfnEndpointConfig.MetricsConfigProperty(
                enable_enhanced_metrics=metrics.enhanced,
                enable_detailed_observability=metrics.detailed or None,
                metric_publish_frequency_in_seconds=metrics.publish_seconds,
            ),
            **properties,
        )
        if keyless or not types:
            acknowledge(
                configuration,
                in_compliance_packs("SageMakerEndpointConfigurationKMSKeyConfigured"),
                reason=f"{keyless[0]} encrypts its local disks in hardware and takes no key."
                if keyless
                else "A serverless variant has no volume of its own to encrypt.",
            )
        if cap is None:
            return configuration.attr_endpoint_config_name
        return CappedConfiguration(
            self,
            "Capped",
            endpoint_name=self.name,
            configuration=configuration,
            cap=cap,
            role=role,
            key=self.context.key,
            log_retention_days=self.context.log_retention_days,
        ).name

    def _serve(
        self,
        configuration: str,
        *,
        deployment: sagemaker.CfnEndpoint.DeploymentConfigProperty,
        roles: Sequence[iam.IRole],
        retain: bool,
        several: bool = False,
    ) -> sagemaker.CfnEndpoint:
        """Make the endpoint itself.

        Args:
            configuration: name of the configuration that it serves.
            deployment: how an update moves the traffic.
            roles: those of the models, with which SageMaker watches the alarms of an update.
            retain: whether what autoscaling has reached survives an update.
            several: whether there are several variants, whose weights then follow the
                configuration although their numbers of instances do not.
        """
        endpoint = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=self.name,
            endpoint_config_name=configuration,
            deployment_config=deployment,
            retain_all_variant_properties=retain,
            exclude_retained_variant_properties=[
                sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
            ]
            if retain and several
            else None,
        )
        endpoint.add_resource_dependency(self._log_group)
        watched = [arn for group in self._alarm_groups for arn in group.watched_arns]
        if watched:
            rollback = AccessPolicy(
                self,
                "RollbackPolicy",
                description="Alarms that roll an endpoint back",
                statements=[
                    iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=watched)
                ],
                attached_to=roles,
            )
            # An update must find it.
            endpoint.node.add_dependency(rollback)
        tell_of_rollbacks(
            self,
            "RolledBack",
            endpoint_name=self.name,
            key=self.context.key,
            topic=self.context.alarm_topic,
        )
        return endpoint
