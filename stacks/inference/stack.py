"""Wires the endpoints."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference import (
    AsynchronousEndpoint,
    BatchTransform,
    ComponentEndpoint,
    DataCapture,
    Endpoint,
    EndpointContext,
    RealTimeEndpoint,
    ServerlessEndpoint,
    ShadowExperiment,
    TransformSchedule,
)
from stacks.base import EnvironmentStack
from stacks.data_classes import classify
from stacks.inference import component_mapping, mapping, router_mapping, transform_mapping
from stacks.inference.api_settings import ApiSettings
from stacks.inference.asynchronous_settings import AsynchronousSettings
from stacks.inference.capture_settings import DataCaptureSettings
from stacks.inference.component_settings import InferenceComponentsSettings
from stacks.inference.host_settings import is_isolated
from stacks.inference.model_mapping import source_of, sources_by_type
from stacks.inference.monitoring_settings import MonitoredSettings, MonitoringSettings
from stacks.inference.multi_settings import MultiContainerSettings, MultiModelSettings
from stacks.inference.real_time_settings import RealTimeSettings
from stacks.inference.serverless_settings import ServerlessSettings
from stacks.inference.settings import AnyEndpoint, InferenceSettings
from stacks.inference.transform_settings import BatchTransformSettings
from stacks.shared import EnvironmentInfo, SharedResources
from stacks.teams import tag_team

if TYPE_CHECKING:
    from sagemaker_platform.inference.monitoring import EndpointMonitoring


class InferenceStack(EnvironmentStack):
    """The endpoints of an environment, or a share of them, and the buckets of what they keep.

    Args:
        scope: the environment.
        id: id of the stack.
        shared: resources of the environment.
        settings: of the endpoints.
        callers: roles of people who call them.
        others: endpoints that other stacks have made, by name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: InferenceSettings,
        callers: Sequence[iam.IRole],
        others: Mapping[str, Endpoint] | None = None,
    ) -> None:
        environment, access_logs = shared.environment, shared.access_logs
        super().__init__(scope, id, environment=environment, description="endpoints")
        self._callers = callers
        self._region = environment.region
        self._access_logs = access_logs
        own = settings.model_copy(update={"endpoints": []}) if others else settings
        sharded = any(model.fast_model_loader for _, model in own.models())
        self._classes: list[str | None] = []
        self._context = EndpointContext(
            network=shared.network,
            key=shared.key,
            alarm_topic=shared.alarm_topic,
            log_retention_days=environment.log_retention_days,
            removal_policy=self.removal_policy,
            shards=DataBucket(
                self,
                "Shards",
                key=shared.key,
                access_logs=access_logs,
                removal_policy=self.removal_policy,
            ).bucket
            if sharded
            else None,
        )
        endpoints = self.endpoints = dict(others or {})
        for endpoint in own.endpoints:
            name = f"{environment.name}-{endpoint.name}"
            made = self._endpoint(f"Endpoint-{endpoint.name}", name, endpoint)
            endpoints[endpoint.name] = made
            tag_team(made, endpoint.team)
            CfnOutput(self, f"{endpoint.name}-name", value=name)
            for invoker in endpoint.invokers:
                role = made.add_invoke_role(router_mapping.invoker_of(invoker))
                CfnOutput(self, f"{endpoint.name}-{invoker.name}-role", value=role.role_arn)
            more = []
            if isinstance(endpoint, MonitoredSettings) and endpoint.monitoring is not None:
                more.append(self._monitor(made, endpoint, endpoint.monitoring).show)
            if endpoint.dashboard:
                made.add_dashboard(more=more)
        self._admit_routers(id, own.endpoints)
        if settings.api is not None:
            served = {name: endpoints[name] for name in settings.endpoints_of_api}
            self._api(environment.name, settings.api, served)
        for transform in settings.batch_transforms:
            self._transform(transform, environment)

    def _admit_routers(self, id: str, settings: Sequence[AnyEndpoint]) -> None:
        """Attach policies to the endpoints that routers of other accounts call."""
        routers = {
            self.endpoints[one.name]: one.routers
            for one in settings
            if not isinstance(one, ServerlessSettings) and one.routers
        }
        if not routers:
            return
        # Rarely on, and its import takes time.
        from sagemaker_platform.inference.endpoint_policies import EndpointPolicies

        EndpointPolicies(
            self,
            "EndpointPolicies",
            name=f"{self._environment.name}-{id}",
            routers=routers,
            prefix=f"{self._environment.name}-",
            key=self._context.key,
            log_retention_days=self._context.log_retention_days,
        )

    @cached_property
    def _captures(self) -> s3.IBucket:
        """The bucket of captured requests, made when it is first needed."""
        return self._bucket("Captures")

    def _capture(self, name: str, settings: DataCaptureSettings | None) -> DataCapture | None:
        if settings is None:
            return None
        bucket = self._captures
        self._classes.append(settings.data_class)
        data_class = self._environment.data_classes.most_protected(self._classes)
        classify(bucket, data_class)
        if settings.redaction is not None:
            # Rarely on, and its import takes time.
            from sagemaker_platform.inference.redaction import Redaction

            redaction = Redaction(
                self,
                f"Redaction-{name}",
                name=name,
                hook=Path(settings.redaction.file),
                readable=bucket,
                access_logs=self._access_logs,
                context=self._context,
                raw_days=settings.redaction.raw_days,
            )
            classify(redaction, settings.data_class)
            bucket = redaction.raw
        return mapping.data_capture_of(settings, bucket)

    def _monitor(
        self, made: Endpoint, endpoint: MonitoredSettings, settings: MonitoringSettings
    ) -> "EndpointMonitoring":
        # Rarely on, and its import takes time.
        from sagemaker_platform.inference.monitoring import EndpointMonitoring
        from stacks.inference import monitoring_mapping

        assert isinstance(made, RealTimeEndpoint)
        assert isinstance(endpoint, RealTimeSettings | MultiContainerSettings)
        assert endpoint.data_capture is not None
        environment = self._environment
        return EndpointMonitoring(
            self,
            f"Monitoring-{endpoint.name}",
            endpoint=made,
            capture=mapping.data_capture_of(endpoint.data_capture, self._captures),
            monitors=monitoring_mapping.monitors_of(settings),
            reports=self._reports,
            region=self._region,
            retraining=monitoring_mapping.retraining_of(
                settings.retraining, environment=environment.name
            ),
        )

    @cached_property
    def _reports(self) -> s3.IBucket:
        """The bucket of reports of monitors, made when it is first needed."""
        bucket = self._bucket("Reports")
        CfnOutput(self, "ReportsBucketName", value=bucket.bucket_name)
        return bucket

    def _bucket(self, id: str, *, expiration_days: int | None = None) -> s3.IBucket:
        return DataBucket(
            self,
            id,
            key=self._context.key,
            access_logs=self._access_logs,
            removal_policy=self.removal_policy,
            expiration_days=expiration_days,
        ).bucket

    def _endpoint(self, id: str, name: str, endpoint: AnyEndpoint) -> Endpoint:
        match endpoint:
            case RealTimeSettings() | MultiModelSettings() | MultiContainerSettings():
                return self._real_time(id, name, endpoint)
            case InferenceComponentsSettings():
                return self._components(id, name, endpoint)
            case AsynchronousSettings():
                return self._asynchronous(id, name, endpoint)
            case ServerlessSettings():
                return self._serverless(id, name, endpoint)

    def _real_time(
        self,
        id: str,
        name: str,
        endpoint: RealTimeSettings | MultiModelSettings | MultiContainerSettings,
    ) -> Endpoint:
        isolated = not isinstance(endpoint, MultiModelSettings) and is_isolated(
            endpoint.network_isolation,
            endpoint,
            endpoint.containers if isinstance(endpoint, MultiContainerSettings) else [endpoint],
        )
        variants = mapping.variants_of(endpoint, region=self._region)
        made = RealTimeEndpoint(
            self,
            id,
            name=name,
            variants=variants,
            shadow=mapping.shadow_of(endpoint.shadow, region=self._region)
            if isinstance(endpoint, RealTimeSettings)
            else None,
            context=self._context,
            network_isolation=isolated,
            data_capture=self._capture(name, endpoint.data_capture),
            explainer=mapping.explainer_of(endpoint.explainer)
            if isinstance(endpoint, RealTimeSettings)
            else None,
            alarms=mapping.alarms_of(endpoint.alarms),
            traffic_shift=mapping.traffic_shift_of(
                endpoint.deployment, *(variant.instances for variant in variants)
            ),
            metrics=mapping.metrics_of(endpoint.metrics),
            cross_region_cap=router_mapping.cap_of(endpoint.cross_region_traffic),
        )

        experiment = endpoint.shadow_experiment if isinstance(endpoint, RealTimeSettings) else None
        if experiment is not None:
            ShadowExperiment(
                self,
                f"{id}-{experiment.name}",
                name=f"{name}-{experiment.name}",
                endpoint=made,
                variant=variants[0],
                source=source_of(experiment, experiment.instance_types),
                instances=mapping.instances_of(experiment, [experiment], region=self._region),
                sampling_percentage=experiment.sampling_percentage,
                results=self._captures if experiment.keep_results else None,
                times=mapping.times_of(experiment),
            )
        return made

    def _components(self, id: str, name: str, endpoint: InferenceComponentsSettings) -> Endpoint:
        return ComponentEndpoint(
            self,
            id,
            name=name,
            components=[
                component_mapping.component_of(one, endpoint, region=self._region)
                for one in endpoint.components
            ],
            instances=mapping.instances_of(endpoint, endpoint.components, region=self._region),
            context=self._context,
            scaling=component_mapping.instance_scaling_of(endpoint),
            network_isolation=is_isolated(
                endpoint.network_isolation, endpoint, endpoint.components
            ),
            data_capture=self._capture(name, endpoint.data_capture),
            traffic_shift=mapping.traffic_shift_of(endpoint.deployment),
            metrics=mapping.metrics_of(endpoint.metrics),
            cross_region_cap=router_mapping.cap_of(endpoint.cross_region_traffic),
        )

    def _asynchronous(self, id: str, name: str, endpoint: AsynchronousSettings) -> Endpoint:
        data = self._bucket(f"Requests-{endpoint.name}", expiration_days=endpoint.result_days)
        CfnOutput(self, f"{endpoint.name}-bucket", value=data.bucket_name)
        # AWS lists prices of asynchronous instances apart, and none is recorded.
        instances = mapping.instances_of(endpoint, [endpoint], region=None)
        made = AsynchronousEndpoint(
            self,
            id,
            name=name,
            sources=[source_of(endpoint, endpoint.instance_types)],
            sources_by_type=sources_by_type({None: endpoint}, endpoint.instance_types),
            network_isolation=is_isolated(endpoint.network_isolation, endpoint, [endpoint]),
            instances=instances,
            data=data,
            context=self._context,
            max_concurrent_invocations=endpoint.max_concurrent_invocations_per_instance,
            notifications=mapping.notifications_of(endpoint.notifications),
            autoscaling=mapping.autoscaling_of(endpoint.autoscaling),
            alarms=mapping.alarms_of(endpoint.alarms),
            traffic_shift=mapping.traffic_shift_of(endpoint.deployment, instances),
            metrics=mapping.metrics_of(endpoint.metrics),
            routed=router_mapping.routed_of(self, endpoint.routed_data),
        )
        made.grant_requests(self._callers)
        return made

    def _api(
        self, environment: str, settings: ApiSettings, endpoints: Mapping[str, Endpoint]
    ) -> None:
        # Rarely on, and its import takes time.
        from sagemaker_platform.inference.private_api import PrivateApi

        api = PrivateApi(
            self,
            "Api",
            name=f"{environment}-inference",
            stage=environment,
            endpoints=endpoints,
            callers=settings.callers,
            context=self._context,
            vpc_endpoint_ids=settings.vpc_endpoints,
            requests_per_second=settings.requests_per_second,
            burst=settings.burst,
            timeout_seconds=settings.timeout_seconds,
            account_log_role=settings.account_log_role,
        )
        CfnOutput(self, "api-url", value=api.url)

    def _transform(self, transform: BatchTransformSettings, environment: EnvironmentInfo) -> None:
        name = f"{environment.name}-{transform.name}"
        results = self._bucket(
            f"Results-{transform.name}", expiration_days=transform.output.result_days
        )
        schedule = transform.schedule
        job = BatchTransform(
            self,
            f"Transform-{transform.name}",
            name=name,
            source=source_of(transform, [transform.instance_type]),
            instance_type=transform.instance_type,
            instance_count=transform.instance_count,
            input=transform_mapping.input_of(transform.input),
            output=transform_mapping.output_of(transform.output, results),
            context=self._context,
            requests=transform_mapping.requests_of(transform.requests),
            schedule=None if schedule is None else TransformSchedule(**schedule.model_dump()),
            tags=environment.all_tags,
        )
        CfnOutput(self, f"{transform.name}-definition", value=job.definition.ref)
        CfnOutput(self, f"{transform.name}-bucket", value=results.bucket_name)

    def _serverless(self, id: str, name: str, endpoint: ServerlessSettings) -> Endpoint:
        return ServerlessEndpoint(
            self,
            id,
            name=name,
            source=source_of(endpoint),
            serverless=mapping.serverless_of(endpoint),
            context=self._context,
            autoscaling=mapping.autoscaling_of(endpoint.autoscaling),
            alarms=mapping.alarms_of(endpoint.alarms),
            traffic_shift=mapping.traffic_shift_of(endpoint.deployment),
        )
