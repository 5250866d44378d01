"""A pipeline of SageMaker, and what starts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.events.dead_letters import (
    accept_events,
    dead_letters_of_stack,
    watched_dead_letters,
)
from sagemaker_platform.events.rules import pipeline_target, tell_topic
from sagemaker_platform.pipelines.role import PipelineRole
from sagemaker_platform.security import AccessPolicy, format_arn

MAX_DEFINITION = 1_048_576
"""Characters that a definition may have (`CreatePipeline`, ``PipelineDefinition``)."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class PipelineSchedule:
    """When executions are started.

    Args:
        expression: ``cron(…)``, ``rate(…)`` or ``at(…)`` of EventBridge Scheduler.
        time_zone: name of a time zone.
        enabled: whether it is in force.
        parameters: values of parameters of the pipeline. Defaults to those of the definition.
    """

    expression: str
    time_zone: str = "UTC"
    enabled: bool = True
    parameters: Mapping[str, str] = field(default_factory=dict)


@checks_types
@dataclass(frozen=True, kw_only=True)
class DataArrival:
    """An object that starts an execution when it is written.

    Args:
        bucket: bucket that sends events to EventBridge, see `tell_eventbridge`.
        folder: folder of the object, without a slash at its end. Steps must not write there.
        file: name of the object, such as ``_SUCCESS``, in the folder or below it.
        parameters: values of parameters of the pipeline. Defaults to those of the definition.
    """

    bucket: s3.IBucket
    folder: str
    file: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@checks_types
class Pipeline(Construct):
    """A pipeline with its definition, and a message to a topic when an execution fails.

    Args:
        name: name of the pipeline. A change replaces it.
        definition: definition in JSON, at most 1,048,576 characters.
        role: role that the pipeline and its steps run with.
        key: encrypts schedules and the queue of starts that failed.
        topic: receives messages about executions that fail, and an alarm if one cannot be started.
        max_parallel_steps: steps that run at the same time. Defaults to the limit of SageMaker.
        after: what must exist before, such as the code of the steps.

    Attributes:
        resource: the pipeline.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        definition: str,
        role: PipelineRole,
        key: kms.IKey,
        topic: sns.ITopic,
        max_parallel_steps: int | None = None,
        after: Sequence[IDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        if len(definition) > MAX_DEFINITION:
            raise ValueError(
                f"definition: got {len(definition)} characters; must be at most {MAX_DEFINITION}"
            )
        self.name = name
        self._key = key
        self._topic = topic
        self._queue: sqs.Queue | None = None
        self.resource = sagemaker.CfnPipeline(
            self,
            "Resource",
            pipeline_name=name,
            pipeline_definition={"PipelineDefinitionBody": definition},
            role_arn=role.role.role_arn,
            parallelism_configuration={"MaxParallelExecutionSteps": max_parallel_steps}
            if max_parallel_steps is not None
            else None,
        )
        self.resource.node.add_dependency(role.passing, *after)
        self.arn = format_arn(self, service="sagemaker", resource="pipeline", resource_name=name)
        self._tell_of_failures()

    def add_schedule(self, schedule: PipelineSchedule) -> None:
        """Start executions at certain times."""
        stack = Stack.of(self)
        group = scheduler.CfnScheduleGroup(self, "ScheduleGroup", name=f"pipeline-{self.name}")
        group_arn = stack.format_arn(
            service="scheduler", resource="schedule-group", resource_name=f"pipeline-{self.name}"
        )
        role, policy = self._starter("Schedule", "scheduler.amazonaws.com", group_arn)
        timed = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=self.name,
            group_name=group.ref,
            schedule_expression=schedule.expression,
            schedule_expression_timezone=schedule.time_zone,
            state="ENABLED" if schedule.enabled else "DISABLED",
            flexible_time_window={"mode": "OFF"},
            kms_key_arn=self._key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self.arn,
                role_arn=role.role_arn,
                dead_letter_config={"arn": self._failed_starts().queue_arn},
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=3600, maximum_retry_attempts=3
                ),
                sage_maker_pipeline_parameters=scheduler.CfnSchedule.SageMakerPipelineParametersProperty(
                    pipeline_parameter_list=_parameters(schedule.parameters)
                )
                if schedule.parameters
                else None,
            ),
        )
        timed.node.add_dependency(policy, self.resource)

    def add_data_arrival(self, arrival: DataArrival) -> None:
        """Start an execution when an object is written.

        The policy of the key must let EventBridge use it, see `EnvironmentKey.grant_events_queue`.
        """
        rule_name = f"{self.name}-data-arrival"
        rule_arn = format_arn(self, service="events", resource="rule", resource_name=rule_name)
        role, policy = self._starter("Arrival", "events.amazonaws.com", rule_arn)
        queue = self._failed_starts()
        rule = events.CfnRule(
            self,
            "DataArrival",
            name=rule_name,
            description=f"Starts the pipeline {self.name} when data have arrived",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [arrival.bucket.bucket_name]},
                    "object": {
                        "key": [
                            f"{arrival.folder}/{arrival.file}",
                            {"wildcard": f"{arrival.folder}/*/{arrival.file}"},
                        ]
                    },
                },
            },
            targets=[
                pipeline_target(
                    pipeline_arn=self.arn,
                    role_arn=role.role_arn,
                    parameters=arrival.parameters,
                    dead_letters=queue,
                )
            ],
        )
        rule.node.add_dependency(policy, self.resource)
        accept_events(queue, [rule_arn])

    def _tell_of_failures(self) -> None:
        # SageMaker AI Developer Guide, "Events that Amazon SageMaker AI sends to EventBridge".
        tell_topic(
            self,
            "Failed",
            description=f"Executions of the pipeline {self.name} that failed",
            pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
                "detail": {
                    "pipelineArn": [self.arn],
                    "currentPipelineExecutionStatus": ["Failed"],
                },
            },
            message=f'"Pipeline {self.name} failed: <execution>"',
            values={"execution": "$.detail.pipelineExecutionArn"},
            topic=self._topic,
            dead_letters=dead_letters_of_stack(self, key=self._key, topic=self._topic),
        )

    def _starter(self, id: str, service: str, source_arn: str) -> tuple[iam.IRole, IDependable]:
        """Return a role with which a service starts executions, and its policy."""
        statements = [
            iam.PolicyStatement(actions=["sagemaker:StartPipelineExecution"], resources=[self.arn])
        ]
        if service.startswith("scheduler."):
            # EventBridge Scheduler writes to a dead-letter queue with the role of the schedule.
            statements += [
                iam.PolicyStatement(
                    actions=["sqs:SendMessage"], resources=[self._failed_starts().queue_arn]
                ),
                # Of the queue, and of the schedule (EventBridge Scheduler User Guide,
                # "Encryption at rest").
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self._key.key_arn]
                ),
            ]
        policy = AccessPolicy(
            self,
            f"{id}Policy",
            description=f"Starts the pipeline {self.node.path}",
            statements=statements,
        )
        role = iam.Role(
            self,
            f"{id}Role",
            description=f"Starts the pipeline {self.node.path}",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal(service),
                {
                    "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                    "ArnEquals": {"aws:SourceArn": source_arn},
                },
            ),
            managed_policies=[policy.managed_policy],
        )
        return role, policy

    def _failed_starts(self) -> sqs.Queue:
        """Return the queue of starts that failed, with its alarm."""
        if self._queue is None:
            self._queue = watched_dead_letters(
                self,
                "FailedStarts",
                key=self._key,
                topic=self._topic,
                alarm_id="NotStarted",
                description=f"{self.name}: an execution could not be started",
            )
        return self._queue


def _parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
