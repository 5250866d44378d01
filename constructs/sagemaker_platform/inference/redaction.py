"""Redacting captured requests before anybody reads them."""

from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.foundation import (
    DataBucket,
    dead_letter_queue,
    encrypted_log_group,
    put_statement,
    tell_eventbridge,
    use_of_key,
)
from sagemaker_platform.functions import HandlerFunction
from sagemaker_platform.inference.alarms import AlarmGroup
from sagemaker_platform.inference.endpoint import EndpointContext
from sagemaker_platform.security import WildcardStatement

_DESCRIPTION = "Redacts captured requests"


class Redaction(Construct):
    """A function that passes captured requests through code of a team's own.

    SageMaker writes into a bucket that only the function reads. For each file there the
    function calls the team's ``redact`` with each record, writes what it returns to the
    readable bucket under the same key, and deletes the file with its version. A file that
    fails three times stays in place until it expires, its event waits in a queue for two
    weeks, and an alarm goes off.

    Args:
        name: name of the endpoint.
        hook: Python file with ``redact(record)``, which gets a record as SageMaker captures
            it, and returns what may be kept of it; None keeps nothing. It may import what
            Lambda's Python has, boto3 included.
        readable: receives the redacted files.
        access_logs: receives the access logs of the bucket.
        context: key, topic and so on.
        raw_days: how long a file that is not redacted stays.

    Attributes:
        raw: bucket that SageMaker writes into.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        hook: Path,
        readable: s3.IBucket,
        access_logs: s3.IBucket,
        context: EndpointContext,
        raw_days: int = 7,
    ) -> None:
        super().__init__(scope, id)
        key = context.key
        self.raw = DataBucket(
            self,
            "Raw",
            key=key,
            access_logs=access_logs,
            removal_policy=context.removal_policy,
            expiration_days=raw_days,
            # What was deleted is not to be brought back.
            noncurrent_days=1,
        ).bucket
        tell_eventbridge(self.raw)
        failed = dead_letter_queue(self, "Failed", key=key)
        raw = self.raw.bucket_arn
        handler = HandlerFunction(
            self,
            "Function",
            folder="capture_redaction",
            handler="on_capture",
            statements=[
                WildcardStatement(
                    actions=[
                        "s3:DeleteObject",
                        "s3:DeleteObjectVersion",
                        "s3:GetObject",
                        "s3:GetObjectVersion",
                    ],
                    resources=[f"{raw}/{name}/*"],
                    wildcard_reason="Captured files of one endpoint, named by SageMaker.",
                ),
                # Without these, a file that is gone would look like one that is forbidden.
                iam.PolicyStatement(
                    actions=["s3:ListBucket", "s3:ListBucketVersions"], resources=[raw]
                ),
                put_statement(readable, name),
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[failed.queue_arn]),
                *use_of_key(key),
            ],
            logs=encrypted_log_group(
                self, "Logs", key=key, retention_days=context.log_retention_days
            ),
            description=_DESCRIPTION,
            dead_letters=failed,
            called="Called for one captured file, of which SageMaker writes a few in a minute.",
            environment={
                "HOOK_FILE": f"/opt/{hook.name}",
                "READABLE_BUCKET": readable.bucket_name,
            },
            layers=[
                lambda_.LayerVersion(
                    self,
                    "Hook",
                    code=lambda_.Code.from_asset(str(hook.parent), exclude=["*", f"!{hook.name}"]),
                    compatible_runtimes=[lambda_.Runtime.PYTHON_3_14],
                    description=f"Redaction of {name}",
                )
            ],
            timeout_seconds=300,
            memory_mib=1024,
        )
        self._let_only(handler.role)
        rule = self._on_capture(handler.function, name)
        alarms = AlarmGroup(
            self,
            "Alarms",
            subject=name,
            dimensions={"QueueName": failed.queue_name},
            topic=context.alarm_topic,
        )
        alarms.add(
            "Failed",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            statistic="Maximum",
            threshold=0,
            datapoints=1,
            meaning="captured requests are not redacted: see the function's log",
        )
        alarms.add(
            "NotCalled",
            namespace="AWS/Events",
            metric="FailedInvocations",
            dimensions={"RuleName": rule.ref},
            statistic="Sum",
            threshold=0,
            datapoints=1,
            meaning="captured requests do not reach the function that redacts them",
        )

    def _let_only(self, role: iam.IRole) -> None:
        """Keep everybody but the function from reading what was captured."""
        self.raw.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[f"{self.raw.bucket_arn}/*"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": role.role_arn}},
            )
        )

    def _on_capture(self, function: lambda_.IFunction, name: str) -> events.CfnRule:
        rule = events.CfnRule(
            self,
            "Rule",
            description=_DESCRIPTION,
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [self.raw.bucket_name]},
                    "object": {"key": [{"wildcard": f"{name}/*.jsonl"}]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(id="Function", arn=function.function_arn),
            ],
        )
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="events.amazonaws.com",
            source_account=Stack.of(self).account,
            source_arn=rule.attr_arn,
        )
        return rule
