"""What happens when a monitor finds violations.

A run of a monitor is a processing job. Its event has the place of its reports, by which rules find
it, and begins its exit message with ``CompletedWithViolations`` if it found any. (SageMaker API
reference, ``MonitoringExecutionSummary`` and ``DescribeProcessingJob``.)
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.events.dead_letters import dead_letters_of_stack, rules_of_stack
from sagemaker_platform.events.rules import pipeline_target, tell_topic
from sagemaker_platform.security import AccessPolicy, format_arn

_VIOLATED = {"ExitMessage": [{"prefix": "CompletedWithViolations"}]}


def _pattern(reports_uris: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    uris = [{"prefix": uri} for uri in reports_uris]
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {
            "ProcessingOutputConfig": {"Outputs": {"S3Output": {"S3Uri": uris}}},
            **detail,
        },
    }


def tell_of_violations(
    scope: Construct,
    id: str,
    *,
    endpoint_name: str,
    reports_uri: str,
    key: kms.IKey,
    topic: sns.ITopic,
) -> events.CfnRule:
    """Tell a topic when a monitor finds violations, or fails.

    Args:
        scope: the monitors.
        id: of the rule.
        endpoint_name: name of the endpoint that they watch.
        reports_uri: beginning of the URIs of their reports.
        key: encrypts the dead-letter queue of the stack, see `dead_letters_of_stack`.
        topic: its policy must let ``events.amazonaws.com`` publish, as that of `AlarmTopic` does.
    """
    found = {
        "$or": [
            {"ProcessingJobStatus": ["Completed"], **_VIOLATED},
            {"ProcessingJobStatus": ["Failed"]},
        ]
    }
    return tell_topic(
        scope,
        id,
        description=f"Monitors of {endpoint_name} that found violations or failed",
        pattern=_pattern([reports_uri], found),
        message=f'"A monitor of the endpoint {endpoint_name} found violations, or failed: its job '
        "<job> is <state>. Details: aws sagemaker describe-processing-job --processing-job-name "
        '<job>"',
        values={
            "job": "$.detail.ProcessingJobName",
            "state": "$.detail.ProcessingJobStatus",
        },
        topic=topic,
        dead_letters=dead_letters_of_stack(scope, key=key, topic=topic),
    )


def start_pipeline(
    scope: Construct,
    id: str,
    *,
    pipeline_name: str,
    parameters: Mapping[str, str],
    reports_uris: Sequence[str],
    key: kms.IKey,
    topic: sns.ITopic,
) -> None:
    """Start a pipeline when a monitor finds violations.

    EventBridge may deliver an event twice, which starts the pipeline twice.

    Args:
        scope: the monitors.
        id: of the rule and its role.
        pipeline_name: name of the pipeline in SageMaker.
        parameters: values of its parameters.
        reports_uris: URI prefixes of violation reports.
        key: encrypts the dead-letter queue of the stack, see `dead_letters_of_stack`.
        topic: receives its alarm, if the pipeline cannot be started.
    """
    here = Construct(scope, id)
    arn = format_arn(here, service="sagemaker", resource="pipeline", resource_name=pipeline_name)
    role = iam.Role(
        here,
        "Role",
        assumed_by=iam.PrincipalWithConditions(
            iam.ServicePrincipal("events.amazonaws.com"),
            {
                "StringEquals": {"aws:SourceAccount": Stack.of(here).account},
                "ArnLike": {"aws:SourceArn": rules_of_stack(here)},
            },
        ),
        description=f"Starts the pipeline {pipeline_name}",
    )
    AccessPolicy(
        here,
        "Policy",
        description=f"Starts the pipeline {pipeline_name}",
        statements=[
            iam.PolicyStatement(actions=["sagemaker:StartPipelineExecution"], resources=[arn])
        ],
        attached_to=[role],
    )
    events.CfnRule(
        here,
        "Rule",
        description=f"Violations start the pipeline {pipeline_name}",
        event_pattern=_pattern(reports_uris, {"ProcessingJobStatus": ["Completed"], **_VIOLATED}),
        targets=[
            pipeline_target(
                pipeline_arn=arn,
                role_arn=role.role_arn,
                parameters=dict(sorted(parameters.items())),
                dead_letters=dead_letters_of_stack(scope, key=key, topic=topic),
            )
        ],
    )
