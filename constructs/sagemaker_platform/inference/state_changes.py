"""Noticing that something went wrong without anybody's doing."""

from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.events.dead_letters import dead_letters_of_stack
from sagemaker_platform.events.rules import tell_topic

# As SageMaker writes them in events.
_UNHEALTHY = ["FAILED", "OUT_OF_SERVICE", "ROLLING_BACK", "UPDATE_ROLLBACK_FAILED"]


def tell_of_rollbacks(
    scope: Construct, id: str, *, endpoint_name: str, key: kms.IKey, topic: sns.ITopic
) -> events.CfnRule:
    """Tell a topic when an endpoint rolls an update back, or fails.

    SageMaker reports such an endpoint as in service as soon as the old version serves
    again.

    Args:
        scope: the endpoint.
        id: of the rule.
        endpoint_name: name of the endpoint.
        key: encrypts the dead-letter queue of the stack, see `dead_letters_of_stack`.
        topic: its policy must let ``events.amazonaws.com`` publish, as that of `AlarmTopic`
            does.
    """
    return tell_topic(
        scope,
        id,
        topic=topic,
        dead_letters=dead_letters_of_stack(scope, key=key, topic=topic),
        pattern={
            "source": ["aws.sagemaker"],
            "detail-type": [
                "SageMaker Endpoint State Change",
                "SageMaker Endpoint Deployment State Change",
            ],
            "detail": {"EndpointName": [endpoint_name], "EndpointStatus": _UNHEALTHY},
        },
        description=f"Endpoint {endpoint_name} failed or rolled an update back",
        message=f'"Endpoint {endpoint_name} is <status>, with the configuration <configuration>."',
        values={
            "status": "$.detail.EndpointStatus",
            "configuration": "$.detail.EndpointConfigName",
        },
    )


def tell_of_failed_transforms(
    scope: Construct, id: str, *, job_name_prefix: str, key: kms.IKey, topic: sns.ITopic
) -> events.CfnRule:
    """Tell a topic when a batch transform job fails.

    Args:
        scope: construct that starts the jobs.
        id: of the rule.
        job_name_prefix: beginning of the names of the jobs.
        key: encrypts the dead-letter queue of the stack, see `dead_letters_of_stack`.
        topic: its policy must let ``events.amazonaws.com`` publish, as that of `AlarmTopic`
            does.
    """
    return tell_topic(
        scope,
        id,
        topic=topic,
        dead_letters=dead_letters_of_stack(scope, key=key, topic=topic),
        pattern={
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Transform Job State Change"],
            "detail": {
                "TransformJobName": [{"prefix": job_name_prefix}],
                "TransformJobStatus": ["Failed"],
            },
        },
        description=f"Batch transform jobs {job_name_prefix}* that failed",
        message='"Batch transform <job> failed."',
        values={"job": "$.detail.TransformJobName"},
    )
