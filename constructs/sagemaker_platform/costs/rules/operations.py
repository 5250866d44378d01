"""Rules of keys, secrets, alarms, logs, functions and messages.

Sources: https://aws.amazon.com/kms/pricing/, https://aws.amazon.com/cloudwatch/pricing/ (alarms by
metric; the first three dashboards of an account are free), https://aws.amazon.com/lambda/pricing/,
https://aws.amazon.com/step-functions/pricing/, https://aws.amazon.com/secrets-manager/pricing/.
"""

from collections.abc import Iterable

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, as_number, kept, used
from sagemaker_platform.costs.resource import Resource


def secret(text: str = "secret") -> Charge:
    """Return the charge of a secret."""
    return kept(text, PriceKey("secretsmanager", "secret", "kept"))


def _secret(resource: Resource) -> Iterable[Charge]:
    yield secret()


def _key(resource: Resource) -> Iterable[Charge]:
    yield kept("KMS key", PriceKey("kms", "key", "kept"), note="rotation adds up to two versions")
    yield used(
        "requests to the key", "kms_requests", PriceKey("kms", "key", "requests"), "10,000 requests"
    )


def _alarm(resource: Resource) -> Iterable[Charge]:
    metrics = [one for one in resource.list("Metrics") if "MetricStat" in one]
    periods = [as_number(one["MetricStat"].get("Period")) for one in metrics]
    periods.append(as_number(resource.properties.get("Period", 300)))
    fast = any(period is not None and period < 60 for period in periods)
    component = "high resolution" if fast else "standard resolution"
    # An anomaly detection band has a metric for each of its ends.
    bands = "ANOMALY_DETECTION_BAND" in str(resource.properties.get("Metrics"))
    count = (len(metrics) or 1) + 2 * bands
    yield kept("alarm, by metric", PriceKey("cloudwatch", "alarm", component), count=count)


def _composite_alarm(resource: Resource) -> Iterable[Charge]:
    yield kept("composite alarm", PriceKey("cloudwatch", "alarm", "composite"))


def _dashboard(resource: Resource) -> Iterable[Charge]:
    yield kept(
        "dashboard",
        PriceKey("cloudwatch", "dashboard", "kept"),
        note="the first three of an account are free",
    )


def _log_group(resource: Resource) -> Iterable[Charge]:
    for text, usage, component, unit in (
        ("logs taken in", "logs_ingested_gb", "ingested", "GB"),
        ("logs kept", "logs_storage_gb", "storage", "GB-month"),
    ):
        yield used(text, usage, PriceKey("cloudwatch", "logs", component), unit)


def _metric_filter(resource: Resource) -> Iterable[Charge]:
    # A custom metric, prorated by the hours in which values arrive.
    yield used(
        "custom metrics, by full months of values",
        "custom_metrics",
        PriceKey("cloudwatch", "metric", "custom"),
        "month",
    )


def _function(resource: Resource) -> Iterable[Charge]:
    architectures = resource.properties.get("Architectures") or ["x86_64"]
    yield used(
        "calls", "lambda_requests", PriceKey("lambda", "function", "requests"), "1,000,000 requests"
    )
    yield used(
        "computing of functions",
        "lambda_gb_seconds",
        PriceKey("lambda", "function", f"computing {architectures[0]}"),
        "GB-second",
    )


def _state_machine(resource: Resource) -> Iterable[Charge]:
    kind = str(resource.properties.get("StateMachineType", "STANDARD")).lower()
    yield used(
        "state transitions" if kind == "standard" else "executions",
        "state_transitions" if kind == "standard" else "express_executions",
        PriceKey("stepfunctions", kind, "transitions" if kind == "standard" else "requests"),
        "1,000 transitions" if kind == "standard" else "1,000,000 requests",
    )


def _topic(resource: Resource) -> Iterable[Charge]:
    yield used(
        "notifications", "notifications", PriceKey("sns", "topic", "requests"), "1,000,000 requests"
    )


def _queue(resource: Resource) -> Iterable[Charge]:
    yield used(
        "messages", "queue_requests", PriceKey("sqs", "queue", "requests"), "1,000,000 requests"
    )


def _trail(resource: Resource) -> Iterable[Charge]:
    selectors = str(resource.properties.get("AdvancedEventSelectors"))
    if "'Data'" in selectors:
        yield used(
            "data events",
            "trail_data_events",
            PriceKey("cloudtrail", "trail", "data events"),
            "100,000 events",
        )
    if "'Management'" in selectors:
        yield used(
            "management events",
            "trail_management_events",
            PriceKey("cloudtrail", "trail", "management events"),
            "100,000 events",
            note="the first copy of an account is free",
        )


def _macie(resource: Resource) -> Iterable[Charge]:
    yield used(
        "data that Macie reads",
        "macie_gb",
        PriceKey("macie", "session", "data read"),
        "1 GB",
        note="for jobs and automated discovery, which people start; buckets are counted too",
    )


def _schedule(resource: Resource) -> Iterable[Charge]:
    yield used(
        "invocations by schedule",
        "schedule_invocations",
        PriceKey("scheduler", "schedule", "invocations"),
        "1,000,000 requests",
    )


def _api(resource: Resource) -> Iterable[Charge]:
    yield used(
        "requests to the API",
        "api_requests",
        PriceKey("apigateway", "REST API", "requests"),
        "1,000,000 requests",
    )


RULES = {
    "AWS::ApiGateway::RestApi": _api,
    "AWS::CloudTrail::Trail": _trail,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": _composite_alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::KMS::Key": _key,
    "AWS::Lambda::Function": _function,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::Logs::MetricFilter": _metric_filter,
    "AWS::Macie::Session": _macie,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
