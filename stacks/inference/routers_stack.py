"""Wires the inference routers."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference import (
    Endpoint,
    InferenceRouter,
    RouterDashboard,
    healthy_destinations_alarm,
)
from stacks.base import EnvironmentStack
from stacks.inference.router_mapping import invoker_of, target_of
from stacks.inference.router_settings import RouterSettings
from stacks.inference.settings import InferenceSettings
from stacks.names import pascal_case
from stacks.shared import SharedResources


class RoutersStack(EnvironmentStack):
    """Routers of an environment, their alarm, and buckets of asynchronous requests.

    Args:
        scope: the environment.
        id: id of the stack.
        shared: resources of the environment.
        settings: of inference.
        endpoints: endpoints of the environment by name.
        callers: roles of people who call endpoints.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: InferenceSettings,
        endpoints: Mapping[str, Endpoint],
        callers: Sequence[iam.IRole],
    ) -> None:
        environment = shared.environment
        super().__init__(scope, id, environment=environment, description="inference routers")
        minutes = settings.router_alarm_minutes
        alarm = (
            None
            if minutes == "none"
            else healthy_destinations_alarm(
                self, "Destinations", minutes=minutes, topic=shared.alarm_topic
            )
        )
        for router in settings.routers:
            data = self._bucket(router, shared)
            made = InferenceRouter(
                self,
                pascal_case(router.name),
                name=f"{environment.name}-{router.name}",
                targets=[
                    target_of(self, one, endpoints=endpoints, data=data) for one in router.targets
                ],
                key=shared.key,
                log_retention_days=environment.log_retention_days,
                tags=environment.all_tags,
            )
            CfnOutput(self, f"{router.name}-router-arn", value=made.arn)
            if data is not None:
                made.grant_requests(callers)
                CfnOutput(self, f"{router.name}-bucket", value=data.bucket_name)
            for invoker in router.invokers:
                role = made.add_invoke_role(invoker_of(invoker))
                CfnOutput(self, f"{router.name}-{invoker.name}-role", value=role.role_arn)
            if router.dashboard:
                RouterDashboard(
                    made, "Dashboard", router=made, alarms=[alarm] if alarm is not None else []
                )

    def _bucket(self, router: RouterSettings, shared: SharedResources) -> s3.IBucket | None:
        days = [one.asynchronous.result_days for one in router.targets if one.asynchronous]
        if not days:
            return None
        return DataBucket(
            self,
            f"{pascal_case(router.name)}Requests",
            key=shared.key,
            access_logs=shared.access_logs,
            removal_policy=self.removal_policy,
            expiration_days=max(days),
        ).bucket
