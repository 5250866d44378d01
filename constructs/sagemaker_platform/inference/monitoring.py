"""Watching what an endpoint is asked and answers: SageMaker Model Monitor."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.catalog.monitoring_images import MonitoringImage, find_monitoring_image
from sagemaker_platform.foundation import Metric as AlarmMetric
from sagemaker_platform.foundation import alarm
from sagemaker_platform.inference.dashboard import EndpointDashboard
from sagemaker_platform.inference.data_capture import DataCapture
from sagemaker_platform.inference.model import make_runner, read_data
from sagemaker_platform.inference.monitor import MetricLimit, Monitor, MonitorKind, Retraining
from sagemaker_platform.inference.monitoring_events import start_pipeline, tell_of_violations
from sagemaker_platform.inference.real_time_endpoint import RealTimeEndpoint
from sagemaker_platform.security import WildcardStatement, format_arn, pull_images

_LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_INPUT, _OUTPUT = "/opt/ml/processing/input/endpoint", "/opt/ml/processing/output"
# SageMaker API reference: names of definitions and schedules.
_LONGEST_NAME = 63


@dataclass(frozen=True)
class _Facts:
    """What differs from kind to kind.

    Attributes:
        resource: type of the definition.
        prefix: beginning of its properties.
        monitoring_type: what the schedule calls it.
        image: image that does the work.
        namespace: namespace of its metrics. (SageMaker guide: "CloudWatch metrics" of each kind.)
    """

    resource: Any
    prefix: str
    monitoring_type: str
    image: MonitoringImage
    namespace: str


_METRICS = "aws/sagemaker/Endpoints"
_KINDS: Mapping[MonitorKind, _Facts] = {
    "data_quality": _Facts(
        sagemaker.CfnDataQualityJobDefinition,
        "data_quality",
        "DataQuality",
        "analyzer",
        f"{_METRICS}/data-metrics",
    ),
    "model_quality": _Facts(
        sagemaker.CfnModelQualityJobDefinition,
        "model_quality",
        "ModelQuality",
        "analyzer",
        f"{_METRICS}/model-metrics",
    ),
    "bias": _Facts(
        sagemaker.CfnModelBiasJobDefinition,
        "model_bias",
        "ModelBias",
        "clarify",
        f"{_METRICS}/bias-metrics",
    ),
    "explainability": _Facts(
        sagemaker.CfnModelExplainabilityJobDefinition,
        "model_explainability",
        "ModelExplainability",
        "clarify",
        f"{_METRICS}/explainability-metrics",
    ),
}


@checks_types
class EndpointMonitoring(Construct):
    """Schedules that watch one endpoint, with a role, alarms, and notices of violations.

    No property of a job definition can change, not even a tag, and there is no update. So it has
    no name of its own, and CloudFormation generates one: whatever changes makes a new one, the
    schedule moves there, and the old one is deleted last. A name with a hash would not do: it
    cannot see the values of references, such as a subnet that is replaced. (Source:
    aws-cloudformation/aws-cloudformation-resource-providers-sagemaker, ``CreateHandler``.)

    Args:
        endpoint: a real-time endpoint of one model. SageMaker monitors no other.
        capture: what the endpoint keeps of requests and responses.
        monitors: what is watched.
        reports: bucket of the reports, below ``<endpoint name>/<kind>/``.
        region: region of the stack, for the images of AWS.
        retraining: pipeline that violations start. Defaults to none.

    Raises:
        ValueError: a kind is there twice, or AWS publishes no image in the region.
    """

    INTERFACE_ENDPOINTS = ("CLOUDWATCH_LOGS", "CLOUDWATCH_MONITORING", "SAGEMAKER_RUNTIME")
    """AWS services that the jobs call from inside the VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: RealTimeEndpoint,
        capture: DataCapture,
        monitors: Sequence[Monitor],
        reports: s3.IBucket,
        region: str,
        retraining: Retraining | None = None,
    ) -> None:
        require_each("monitors", monitors, Monitor)
        super().__init__(scope, id)
        kinds = [one.kind for one in monitors]
        if len(set(kinds)) < len(kinds):
            raise ValueError(f"monitors: got {', '.join(kinds)}; must have each kind once")
        self._endpoint = endpoint
        self._reports = reports
        context = endpoint.context
        try:
            self._images = {
                kind: find_monitoring_image(_KINDS[kind].image, region) for kind in kinds
            }
        except KeyError:
            raise ValueError(
                f"region: got {region}; must be one in which AWS publishes its images"
            ) from None
        partition = Stack.of(self).partition
        runner = make_runner(
            self,
            sources=[],
            network=context.network,
            key=context.key,
            log_group_names=[_LOG_GROUP],
            statements=[
                *self._read_and_write(capture, monitors),
                *pull_images(
                    list(
                        dict.fromkeys(f"arn:{partition}:{arn}" for _, arn in self._images.values())
                    )
                ),
            ],
            what="the monitors of",
        )
        assert runner.security_group is not None
        self._role_arn = runner.role.role_arn
        self._vpc = {
            "subnets": list(runner.subnet_ids),
            "securityGroupIds": [runner.security_group.security_group_id],
        }
        self._alarms: list[cloudwatch.CfnAlarm] = []
        self._schedules: dict[str, Monitor] = {}
        for monitor in monitors:
            self._add(monitor, after=runner.role)
        tell_of_violations(
            self,
            "Violations",
            endpoint_name=endpoint.name,
            reports_uri=self._report_uri(),
            key=context.key,
            topic=context.alarm_topic,
        )
        if retraining is not None:
            start_pipeline(
                self,
                "Retraining",
                pipeline_name=retraining.pipeline_name,
                parameters=retraining.parameters,
                reports_uris=[self._report_uri(kind) for kind in retraining.kinds],
                key=context.key,
                topic=context.alarm_topic,
            )

    def show(self, dashboard: EndpointDashboard) -> None:
        """Add the alarms and the metrics of the monitors to the dashboard of the endpoint."""
        if self._alarms:
            dashboard.alarms(
                f"Limits of monitors of {self._endpoint.name}",
                [one.attr_arn for one in self._alarms],
            )
        for schedule, monitor in self._schedules.items():
            dashboard.search(
                monitor.kind.replace("_", " ").capitalize(),
                namespace=_KINDS[monitor.kind].namespace,
                dimensions={"Endpoint": self._endpoint.name, "MonitoringSchedule": schedule},
                period_minutes=monitor.every_hours * 60,
            )

    def _report_uri(self, kind: str = "") -> str:
        return f"s3://{self._reports.bucket_name}/{self._endpoint.name}/{kind}"

    def _read_and_write(
        self, capture: DataCapture, monitors: Sequence[Monitor]
    ) -> list[iam.PolicyStatement]:
        """Return the jobs' permissions in addition to those of all containers."""
        name, reports = self._endpoint.name, self._reports
        given = [
            uri
            for one in monitors
            for uri in (one.constraints_uri, one.statistics_uri, one.config_uri)
            if uri is not None
        ]
        truth = [f"{one.ground_truth_uri.rstrip('/')}/" for one in monitors if one.ground_truth_uri]
        statements = [
            found for uri in dict.fromkeys([*given, *truth]) for found in read_data(self, uri, None)
        ]
        captured = f"s3://{capture.bucket.bucket_name}/{name}/"
        statements += [
            *read_data(self, captured, None),
            # A job that merges labels with captured data reads its output again.
            *read_data(self, f"{self._report_uri()}", None),
            WildcardStatement(
                actions=["s3:AbortMultipartUpload", "s3:PutObject"],
                resources=[f"{reports.bucket_arn}/{name}/*"],
                wildcard_reason="Reports of one endpoint, which SageMaker names.",
            ),
            WildcardStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "cloudwatch:namespace": [
                            f"{slash}{_KINDS[one.kind].namespace}"
                            for one in monitors
                            # AWS's pages have it in both forms.
                            for slash in ("", "/")
                        ]
                    }
                },
                wildcard_reason="IAM restricts this action by namespace only.",
            ),
        ]
        if any(one.kind == "explainability" for one in monitors):
            arn = format_arn(self, service="sagemaker", resource="endpoint", resource_name=name)
            statements.append(
                iam.PolicyStatement(
                    actions=["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"],
                    resources=[arn],
                )
            )
        return statements

    def _add(self, monitor: Monitor, *, after: Construct) -> None:
        facts = _KINDS[monitor.kind]
        kind = monitor.kind.replace("_", "-")
        title = "".join(part.title() for part in monitor.kind.split("_"))
        definition = facts.resource(self, f"{title}Definition", **self._properties(monitor, facts))
        definition.node.add_dependency(after)
        name = shorten(self._endpoint.name, f"-{kind}")
        schedule = sagemaker.CfnMonitoringSchedule(
            self,
            f"{title}Schedule",
            monitoring_schedule_name=name,
            monitoring_schedule_config=sagemaker.CfnMonitoringSchedule.MonitoringScheduleConfigProperty(
                # The ARN is the only attribute; AWS's own handlers take the name from it too.
                monitoring_job_definition_name=Fn.select(
                    1, Fn.split("/", definition.attr_job_definition_arn)
                ),
                monitoring_type=facts.monitoring_type,
                schedule_config=sagemaker.CfnMonitoringSchedule.ScheduleConfigProperty(
                    schedule_expression=monitor.schedule
                ),
            ),
        )
        self._schedules[name] = monitor
        schedule.add_resource_dependency(definition)
        # SageMaker checks that the endpoint captures data.
        schedule.add_resource_dependency(self._endpoint.resource)
        for index, limit in enumerate(monitor.limits):
            self._alarm(f"{title}Alarm{index}", monitor, limit, name)

    def _properties(self, monitor: Monitor, facts: _Facts) -> dict[str, Any]:
        prefix = facts.prefix
        image, _ = self._images[monitor.kind]
        application = {
            "imageUri": image,
            "configUri": monitor.config_uri,
            "problemType": monitor.problem_type,
            "environment": {"publish_cloudwatch_metrics": "Enabled"},
        }
        baseline = {
            "constraintsResource": {"s3Uri": monitor.constraints_uri}
            if monitor.constraints_uri
            else None,
            "statisticsResource": {"s3Uri": monitor.statistics_uri}
            if monitor.statistics_uri
            else None,
        }
        endpoint = {
            "endpointName": self._endpoint.name,
            "localPath": _INPUT,
            "featuresAttribute": monitor.features,
            "inferenceAttribute": monitor.inference,
            "probabilityAttribute": monitor.probability,
            "probabilityThresholdAttribute": monitor.probability_threshold,
            "startTimeOffset": monitor.start_offset,
            "endTimeOffset": monitor.end_offset,
        }
        output = {"s3Output": {"s3Uri": self._report_uri(monitor.kind), "localPath": _OUTPUT}}
        truth = monitor.ground_truth_uri
        found: dict[str, Any] = {
            f"{prefix}_app_specification": _given(application),
            f"{prefix}_job_input": _given(
                {
                    "endpointInput": _given(endpoint),
                    "groundTruthS3Input": {"s3Uri": truth} if truth else None,
                }
            ),
            f"{prefix}_job_output_config": {
                "kmsKeyId": self._endpoint.context.key.key_arn,
                "monitoringOutputs": [output],
            },
            "job_resources": {
                "clusterConfig": {
                    "instanceCount": 1,
                    "instanceType": monitor.instance_type,
                    "volumeKmsKeyId": self._endpoint.context.key.key_arn,
                    "volumeSizeInGb": monitor.volume_size_gib,
                }
            },
            "network_config": {
                # There is one instance, so no traffic between instances.
                "enableInterContainerTrafficEncryption": False,
                "enableNetworkIsolation": False,
                "vpcConfig": self._vpc,
            },
            "role_arn": self._role_arn,
            "stopping_condition": {"maxRuntimeInSeconds": monitor.max_minutes * 60},
        }
        if any(baseline.values()):
            found[f"{prefix}_baseline_config"] = _given(baseline)
        return found

    def _alarm(self, id: str, monitor: Monitor, limit: MetricLimit, schedule: str) -> None:
        above = limit.above is not None
        topic_arn = self._endpoint.context.alarm_topic.topic_arn
        made = alarm(
            self,
            id,
            description=f"{self._endpoint.name}: {limit.metric} of {monitor.kind} is "
            f"{'above' if above else 'below'} its limit",
            metric=AlarmMetric(
                namespace=_KINDS[monitor.kind].namespace,
                name=limit.metric,
                dimensions={
                    "Endpoint": self._endpoint.name,
                    "MonitoringSchedule": schedule,
                    **limit.dimensions,
                },
                statistic="Maximum" if above else "Minimum",
                # CloudWatch looks back one day at most.
                period_minutes=monitor.every_hours * 60,
            ),
            comparison="GreaterThanThreshold" if above else "LessThanThreshold",
            threshold=(limit.above if limit.above is not None else limit.below) or 0,
            periods=1,
            actions=[topic_arn],
            ok_actions=[topic_arn],
        )
        self._alarms.append(made)


def shorten(name: str, end: str) -> str:
    """Return a name with an end, of at most 63 characters.

    A name that is cut keeps apart from others by a hash.
    """
    if len(name) + len(end) <= _LONGEST_NAME:
        return f"{name}{end}"
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: _LONGEST_NAME - len(end) - 7].rstrip('-')}-{digest}{end}"


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
