"""Rules on the default bus that tell a topic, or start a pipeline."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def tell_topic(
    scope: Construct,
    id: str,
    *,
    description: str,
    pattern: Mapping[str, Any],
    message: str,
    values: Mapping[str, str],
    topic: sns.ITopic,
    dead_letters: sqs.IQueue,
    target_id: str = "AlarmTopic",
) -> events.CfnRule:
    """Send a line to a topic for each event that matches a pattern.

    Not through the CDK's own target, which lets every rule of the account publish.

    Args:
        scope: where the rule is made.
        id: of the rule.
        description: of the rule.
        pattern: of the events.
        message: the line, as a template in JSON, with variables such as ``<job>``.
        values: paths of the variables in the event.
        topic: its policy must let ``events.amazonaws.com`` publish, as that of `AlarmTopic` does.
        dead_letters: receives what cannot be delivered.
        target_id: id of the target.
    """
    return events.CfnRule(
        scope,
        id,
        description=description,
        event_pattern=dict(pattern),
        targets=[
            events.CfnRule.TargetProperty(
                id=target_id,
                arn=topic.topic_arn,
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                    arn=dead_letters.queue_arn
                ),
                input_transformer=events.CfnRule.InputTransformerProperty(
                    input_paths_map=dict(values), input_template=message
                ),
            )
        ],
    )


def pipeline_target(
    *, pipeline_arn: str, role_arn: str, parameters: Mapping[str, str], dead_letters: sqs.IQueue
) -> events.CfnRule.TargetProperty:
    """Return a target that starts a pipeline.

    Args:
        pipeline_arn: ARN of the pipeline.
        role_arn: ARN of a role that may start it.
        parameters: values of its parameters. Defaults to those of the definition if empty.
        dead_letters: receives events for which the pipeline could not be started in an hour.
    """
    values = [
        events.CfnRule.SageMakerPipelineParameterProperty(name=name, value=value)
        for name, value in parameters.items()
    ]
    return events.CfnRule.TargetProperty(
        id="Pipeline",
        arn=pipeline_arn,
        role_arn=role_arn,
        dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
        retry_policy=events.CfnRule.RetryPolicyProperty(
            maximum_event_age_in_seconds=3600, maximum_retry_attempts=3
        ),
        sage_maker_pipeline_parameters=events.CfnRule.SageMakerPipelineParametersProperty(
            pipeline_parameter_list=values
        )
        if values
        else None,
    )
