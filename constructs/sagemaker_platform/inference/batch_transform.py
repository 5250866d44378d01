"""Batch transform: a prepared job that runs on a schedule, or when a person starts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.catalog.hosts import choose_transform_ami
from sagemaker_platform.catalog.local_disks import has_local_storage
from sagemaker_platform.foundation import put_statement
from sagemaker_platform.inference.alarms import AlarmGroup
from sagemaker_platform.inference.endpoint import EndpointContext
from sagemaker_platform.inference.model import Model, ModelSource, read_data
from sagemaker_platform.inference.state_changes import tell_of_failed_transforms
from sagemaker_platform.security import AccessPolicy, WildcardStatement

_LOG_GROUP = "/aws/sagemaker/TransformJobs"


SplitType = Literal["Line", "RecordIO", "TFRecord"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class TransformInput:
    """What a job reads.

    Args:
        uri: S3 URI of a prefix that ends in ``/``, or of a manifest.
        manifest: whether the URI is the URI of a manifest.
        key_arn: key that encrypts the data, if it is another than the environment's.
        content_type: of the requests to the container.
        compressed: whether the files are gzipped.
        split: how files are split into records. If omitted, each file is one record.
    """

    uri: str
    manifest: bool = False
    key_arn: str | None = None
    content_type: str | None = None
    compressed: bool = False
    split: SplitType | None = None

    def __post_init__(self) -> None:
        if self.split is not None:
            require_one_of("split", self.split, SplitType)


@checks_types
@dataclass(frozen=True, kw_only=True)
class TransformOutput:
    """What a job writes.

    Args:
        bucket: below ``<name>/``.
        accept: content type of the answers.
        lines: put the answers together again, each in a line.
        joined: keep each input with its answer.
        input_filter: JSONPath of what the container gets.
        output_filter: JSONPath of what is kept.
    """

    bucket: s3.IBucket
    accept: str | None = None
    lines: bool = False
    joined: bool = False
    input_filter: str | None = None
    output_filter: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class TransformRequests:
    """How a job calls its container.

    Args:
        many_records: put as many records into a request as fit; else one.
        max_payload_mb: size of a request.
        max_concurrent: requests at the same time to one instance.
        timeout_seconds: for one request.
        max_retries: of one request, at most 3.
    """

    many_records: bool | None = None
    max_payload_mb: int | None = None
    max_concurrent: int | None = None
    timeout_seconds: int | None = None
    max_retries: int | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class TransformSchedule:
    """When jobs are started.

    Args:
        expression: ``cron(…)``, ``rate(…)`` or ``at(…)`` of EventBridge Scheduler.
        time_zone: name of a time zone.
        enabled: whether it is in force.
    """

    expression: str
    time_zone: str = "UTC"
    enabled: bool = True


@checks_types
class BatchTransform(Construct):
    """A model and the definition of a job that puts files through it.

    The definition is a parameter of Systems Manager, from which anybody who may start jobs
    can start one by hand. With a schedule, EventBridge Scheduler starts them, with a role
    that can do nothing else. A job that fails, and a start that does not succeed, are told
    to the topic.

    Args:
        name: beginning of the names of the jobs, at most 46 characters.
        source: the model.
        instance_type: instance type for batch transform.
        instance_count: instances of a job.
        input: what a job reads.
        output: what it writes.
        context: network, key, topic and so on.
        requests: how the container is called.
        schedule: if omitted, jobs are started by hand.
        tags: of the jobs, for their costs.

    Attributes:
        definition: the parameter.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        source: ModelSource,
        instance_type: str,
        instance_count: int,
        input: TransformInput,
        output: TransformOutput,
        context: EndpointContext,
        requests: TransformRequests | None = None,
        schedule: TransformSchedule | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        if len(name) > 46:
            raise ValueError(f"expected a name of at most 46 characters, got {name}")
        self._name = name
        self._key = context.key
        self.model = Model(
            self,
            "Model",
            sources=[source],
            network=context.network,
            key=context.key,
            log_group_name=_LOG_GROUP,
            statements=[
                *read_data(self, input.uri, input.key_arn),
                *([] if not input.manifest else _read_bucket(self, input)),
                put_statement(output.bucket, name),
            ],
        )
        job = _drop_empty(
            {
                "ModelName": self.model.resource.attr_model_name,
                **_how(requests or TransformRequests()),
                "TransformInput": _input(input),
                "TransformOutput": {
                    "S3OutputPath": f"s3://{output.bucket.bucket_name}/{name}",
                    "KmsKeyId": context.key.key_arn,
                    "Accept": output.accept,
                    "AssembleWith": "Line" if output.lines else None,
                },
                "TransformResources": {
                    "InstanceType": instance_type,
                    "InstanceCount": instance_count,
                    "TransformAmiVersion": choose_transform_ami(source.image, instance_type),
                    # Local disks encrypt themselves and take no key.
                    "VolumeKmsKeyId": None
                    if has_local_storage(instance_type)
                    else context.key.key_arn,
                },
                "DataProcessing": {
                    "InputFilter": output.input_filter,
                    "OutputFilter": output.output_filter,
                    "JoinSource": "Input" if output.joined else None,
                },
                "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            }
        )
        stack = Stack.of(self)
        self.definition = ssm.CfnParameter(
            self,
            "Definition",
            type="String",
            name=f"/sagemaker/batch-transform/{name}",
            description="Request of CreateTransformJob; give it a TransformJobName",
            value=stack.to_json_string(job),
        )
        tell_of_failed_transforms(
            self,
            "Failed",
            job_name_prefix=f"{name}-",
            key=context.key,
            topic=context.alarm_topic,
        )
        if schedule is not None:
            self._start(schedule, job, context)

    def _start(
        self, schedule: TransformSchedule, job: Mapping[str, Any], context: EndpointContext
    ) -> None:
        stack = Stack.of(self)
        group = scheduler.CfnScheduleGroup(self, "ScheduleGroup", name=self._name)
        group_arn = stack.format_arn(
            service="scheduler", resource="schedule-group", resource_name=self._name
        )
        policy = AccessPolicy(
            self,
            "SchedulePolicy",
            description=f"Starts jobs of {self.node.path}",
            statements=[
                WildcardStatement(
                    actions=["sagemaker:AddTags", "sagemaker:CreateTransformJob"],
                    resources=[
                        stack.format_arn(
                            service="sagemaker",
                            resource="transform-job",
                            resource_name=f"{self._name}-*",
                        )
                    ],
                    wildcard_reason="Each job has a name of its own, which this one begins.",
                ),
                # The volumes of a job are encrypted on behalf of its caller.
                iam.PolicyStatement(
                    actions=["kms:CreateGrant"],
                    resources=[self._key.key_arn],
                    conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
                ),
                iam.PolicyStatement(actions=["kms:DescribeKey"], resources=[self._key.key_arn]),
            ],
        )
        role = iam.Role(
            self,
            "ScheduleRole",
            description=f"Starts jobs of {self.node.path}",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("scheduler.amazonaws.com"),
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnEquals": {"aws:SourceArn": group_arn},
                },
            ),
            managed_policies=[policy.managed_policy],
        )
        timed = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=self._name,
            group_name=group.ref,
            schedule_expression=schedule.expression,
            schedule_expression_timezone=schedule.time_zone,
            state="ENABLED" if schedule.enabled else "DISABLED",
            flexible_time_window={"mode": "OFF"},
            kms_key_arn=self._key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{stack.partition}:scheduler:::aws-sdk:sagemaker:createTransformJob",
                role_arn=role.role_arn,
                # A new id for each attempt, of letters and digits.
                input=stack.to_json_string(
                    {"TransformJobName": f"{self._name}-<aws.scheduler.execution-id>", **job}
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=3600, maximum_retry_attempts=2
                ),
            ),
        )
        timed.node.add_dependency(policy)
        group_alarms = AlarmGroup(
            self,
            "Alarms",
            subject=self._name,
            dimensions={"ScheduleGroup": self._name},
            topic=context.alarm_topic,
        )
        group_alarms.add(
            "NotStarted",
            metric="InvocationDroppedCount",
            namespace="AWS/Scheduler",
            statistic="Sum",
            threshold=0,
            datapoints=1,
            meaning="a job could not be started",
        )


def _how(requests: TransformRequests) -> dict[str, Any]:
    strategies = {None: None, True: "MultiRecord", False: "SingleRecord"}
    return {
        "BatchStrategy": strategies[requests.many_records],
        "MaxPayloadInMB": requests.max_payload_mb,
        "MaxConcurrentTransforms": requests.max_concurrent,
        "ModelClientConfig": {
            "InvocationsTimeoutInSeconds": requests.timeout_seconds,
            "InvocationsMaxRetries": requests.max_retries,
        },
    }


def _input(input: TransformInput) -> dict[str, Any]:
    return {
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "ManifestFile" if input.manifest else "S3Prefix",
                "S3Uri": input.uri,
            }
        },
        "ContentType": input.content_type,
        "CompressionType": "Gzip" if input.compressed else None,
        "SplitType": input.split,
    }


def _read_bucket(scope: Construct, input: TransformInput) -> list[iam.PolicyStatement]:
    """Return the statements for what a manifest names, in its own bucket."""
    bucket = input.uri.removeprefix("s3://").partition("/")[0]
    arn = f"arn:{Stack.of(scope).partition}:s3:::{bucket}"
    return [
        WildcardStatement(
            actions=["s3:GetObject"],
            resources=[f"{arn}/*"],
            wildcard_reason="A manifest names any objects of its bucket.",
        )
    ]


def _drop_empty(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a block without what is not given, and without what is empty then."""
    kept: dict[str, Any] = {}
    for key, value in block.items():
        inner = _drop_empty(value) if isinstance(value, Mapping) else value
        if inner is not None and inner != {} and inner != []:
            kept[key] = inner
    return kept
