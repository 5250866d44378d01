"""Which calls on data a trail records.

Source: AWS CloudTrail User Guide, "Logging data events", table of supported resources, read
2026-11-27. Lake Formation's calls on tables have the type of Glue's.
InvokeModel and Converse of Amazon Bedrock are management events: Amazon Bedrock User Guide,
"Monitor Amazon Bedrock API calls using CloudTrail", read 2026-11-27.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_cloudtrail as cloudtrail

DATA_EVENTS: Mapping[str, Sequence[str]] = {
    "sagemaker": (
        "AWS::SageMaker::Endpoint",
        "AWS::SageMaker::ExperimentTrialComponent",
        "AWS::SageMaker::FeatureGroup",
        "AWS::SageMaker::MlflowTrackingServer",
    ),
    "s3": ("AWS::S3::Object", "AWS::S3Tables::Table", "AWS::S3Tables::TableBucket"),
    "lake_formation": ("AWS::Glue::Table",),
    "bedrock": (
        "AWS::Bedrock::AgentAlias",
        "AWS::Bedrock::AsyncInvoke",
        "AWS::Bedrock::FlowAlias",
        "AWS::Bedrock::Guardrail",
        "AWS::Bedrock::InlineAgent",
        "AWS::Bedrock::KnowledgeBase",
        "AWS::Bedrock::Model",
    ),
}
"""Types of resources by the service whose calls on data are recorded."""

_Selector = cloudtrail.CfnTrail.AdvancedEventSelectorProperty
_Field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty


def data_event_selectors(
    services: Sequence[str],
    *,
    buckets: Sequence[str],
    without: Sequence[str],
    table_buckets: Sequence[str],
) -> list[cloudtrail.CfnTrail.AdvancedEventSelectorProperty]:
    """Return the selectors of a trail for calls on data.

    Args:
        services: keys of `DATA_EVENTS`.
        buckets: how ARNs of the buckets begin whose objects are recorded.
        without: how ARNs of buckets begin that are left out, such as that of the trail, which would
            record its own deliveries.
        table_buckets: how ARNs of the table buckets begin whose tables are recorded.

    Raises:
        ValueError: a service is unknown.
    """
    for service in services:
        if service not in DATA_EVENTS:
            raise ValueError(
                f"services: got {service!r}; must be one of {', '.join(sorted(DATA_EVENTS))}"
            )
    arns: Mapping[str, Mapping[str, list[str]]] = {
        "S3": {
            "starts_with": list(buckets),
            **({"not_starts_with": list(without)} if without else {}),
        },
        "S3Tables": {"starts_with": list(table_buckets)},
    }
    return [
        _Selector(
            name=kind,
            field_selectors=[
                _Field(field="eventCategory", equal_to=["Data"]),
                _Field(field="resources.type", equal_to=[kind]),
                *(
                    [_Field(field="resources.ARN", **arns[kind.split("::")[1]])]
                    if service == "s3"
                    else []
                ),
            ],
        )
        for service in services
        for kind in DATA_EVENTS[service]
    ]
