"""Noticing that something went wrong without anybody's doing."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from constructs import Construct

# As SageMaker writes them in events.
_UNHEALTHY = ["FAILED", "OUT_OF_SERVICE", "ROLLING_BACK", "UPDATE_ROLLBACK_FAILED"]


def _tell(
    scope: Construct,
    id: str,
    *,
    topic: sns.ITopic,
    kinds: Sequence[str],
    detail: Mapping[str, Any],
    description: str,
    message: str,
    values: Mapping[str, str],
) -> events.CfnRule:
    # Not through the L2, whose target lets every rule of the account publish.
    return events.CfnRule(
        scope,
        id,
        description=description,
        event_pattern={
            "source": ["aws.sagemaker"],
            "detail-type": list(kinds),
            "detail": dict(detail),
        },
        targets=[
            events.CfnRule.TargetProperty(
                id="AlarmTopic",
                arn=topic.topic_arn,
                input_transformer=events.CfnRule.InputTransformerProperty(
                    input_paths_map=dict(values), input_template=f'"{message}"'
                ),
            )
        ],
    )


def tell_of_rollbacks(
    scope: Construct, id: str, *, endpoint_name: str, topic: sns.ITopic
) -> events.CfnRule:
    """Tell a topic when an endpoint rolls an update back, or fails.

    SageMaker reports such an endpoint as in service as soon as the old version serves
    again.

    Args:
        scope: the endpoint.
        id: of the rule.
        endpoint_name: name of the endpoint.
        topic: its policy must let ``events.amazonaws.com`` publish, as that of `AlarmTopic`
            does.
    """
    return _tell(
        scope,
        id,
        topic=topic,
        kinds=["SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change"],
        detail={"EndpointName": [endpoint_name], "EndpointStatus": _UNHEALTHY},
        description=f"Endpoint {endpoint_name} failed or rolled an update back",
        message=f"Endpoint {endpoint_name} is <status>, with the configuration <configuration>.",
        values={
            "status": "$.detail.EndpointStatus",
            "configuration": "$.detail.EndpointConfigName",
        },
    )


def tell_of_failed_transforms(
    scope: Construct, id: str, *, job_name_prefix: str, topic: sns.ITopic
) -> events.CfnRule:
    """Tell a topic when a batch transform job fails.

    Args:
        scope: whatever starts the jobs.
        id: of the rule.
        job_name_prefix: beginning of the names of the jobs.
        topic: its policy must let ``events.amazonaws.com`` publish, as that of `AlarmTopic`
            does.
    """
    return _tell(
        scope,
        id,
        topic=topic,
        kinds=["SageMaker Transform Job State Change"],
        detail={
            "TransformJobName": [{"prefix": job_name_prefix}],
            "TransformJobStatus": ["Failed"],
        },
        description=f"Batch transform jobs {job_name_prefix}* that failed",
        message="Batch transform <job> failed.",
        values={"job": "$.detail.TransformJobName"},
    )
