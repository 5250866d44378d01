"""Events as AWS sends them about what the templates of an environment make.

Shapes: SageMaker AI Developer Guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge";
Amazon S3 User Guide, "EventBridge event message structure"; AWS Glue, "Automating AWS Glue with
EventBridge"; all read 2026-11-27.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operations.access.world import Environment
from sagemaker_platform.events import KINDS


@dataclass(frozen=True)
class Fact:
    """What an event tells.

    Attributes:
        kind: what it is about.
        name: name of the resource.
        state: its state.
        more: what else rules depend on.
    """

    kind: str
    name: str
    state: str
    more: str = ""


Events = dict[Fact, Mapping[str, Any]]


def event(
    place: Environment, kind: str, detail: Mapping[str, Any], source: str = "aws.sagemaker"
) -> Mapping[str, Any]:
    return {
        "version": "0",
        "id": "844e2571-85d4-695f-b930-0153b71dcb42",
        "detail-type": kind,
        "source": source,
        "account": place.account,
        "time": "2026-11-27T10:00:00Z",
        "region": place.region,
        "resources": [],
        "detail": detail,
    }


def arn(place: Environment, kind: str, name: str) -> str:
    return f"arn:{place.partition}:sagemaker:{place.region}:{place.account}:{kind}/{name}"


def names(place: Environment, kind: str, key: str) -> list[str]:
    return [str(one.properties[key]) for one in place.of_type(kind) if key in one.properties]


def jobs(
    place: Environment, noun: str, title: str, starts: list[str]
) -> Iterator[tuple[Fact, Any]]:
    for name in (*starts, "elsewhere-job"):
        for state in ("InProgress", "Completed", "Failed", "Stopping", "Stopped"):
            detail = {f"{noun}Name": f"{name}-1", f"{noun}Status": state}
            yield Fact(noun, name, state), event(place, f"SageMaker {title} State Change", detail)


def endpoints(place: Environment) -> Iterator[tuple[Fact, Any]]:
    for name in (*names(place, "AWS::SageMaker::Endpoint", "EndpointName"), "elsewhere-churn"):
        for state in KINDS["endpoints"].states:
            for title in KINDS["endpoints"].detail_types:
                detail = {
                    "EndpointName": name,
                    "EndpointArn": arn(place, "endpoint", name),
                    "EndpointConfigName": f"{name}-1",
                    "EndpointStatus": state,
                }
                yield Fact("Endpoint", name, state, title), event(place, title, detail)


def clusters(place: Environment) -> Iterator[tuple[Fact, Any]]:
    for name in (*names(place, "AWS::SageMaker::Cluster", "ClusterName"), "elsewhere-research"):
        for state in KINDS["clusters"].states:
            title = "SageMaker HyperPod Cluster State Change"
            detail: dict[str, Any] = {"ClusterName": name, "ClusterStatus": state}
            yield Fact("Cluster", name, state), event(place, title, detail)
        for state in ("Healthy", "Unhealthy"):
            detail = {"ClusterName": name, "HealthSummary": {"HealthStatus": state}}
            title = "SageMaker HyperPod Cluster Node Health Event"
            yield Fact("Node", name, state), event(place, title, detail)
        detail = {"EventDetails": {"ClusterName": name, "EventLevel": "Info"}}
        title = "SageMaker HyperPod Cluster Event"
        yield Fact("ClusterEvent", name, "Info"), event(place, title, detail)


def pipelines(place: Environment) -> Iterator[tuple[Fact, Any]]:
    for name in (*names(place, "AWS::SageMaker::Pipeline", "PipelineName"), "elsewhere-churn"):
        for state in KINDS["pipelines"].states:
            detail = {
                "pipelineArn": arn(place, "pipeline", name),
                "pipelineExecutionArn": f"{arn(place, 'pipeline', name)}/execution/abc123def456",
                "currentPipelineExecutionStatus": state,
                "previousPipelineExecutionStatus": "Executing",
            }
            title = "SageMaker Model Building Pipeline Execution Status Change"
            yield Fact("Pipeline", name, state), event(place, title, detail)


def packages(place: Environment) -> Iterator[tuple[Fact, Any]]:
    groups = names(place, "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName")
    for name in (*groups, f"{place.name}-fresh", "elsewhere-churn"):
        for status, approval, fields, what in (
            ("Completed", "PendingManualApproval", [], "registered"),
            ("Failed", "PendingManualApproval", [], "failed"),
            ("Completed", "Approved", ["ModelApprovalStatus"], "approved"),
            ("Completed", "Approved", ["ApprovalDescription", "ModelApprovalStatus"], "approved+"),
            ("Completed", "Approved", ["CustomerMetadataProperties"], "stamped"),
            ("Completed", "Rejected", ["ModelApprovalStatus"], "rejected"),
        ):
            detail = {
                "ModelPackageGroupName": name,
                "ModelPackageArn": arn(place, "model-package", f"{name}/7"),
                "ModelPackageVersion": 7,
                "ModelPackageStatus": status,
                "ModelApprovalStatus": approval,
                **({"UpdatedModelPackageFields": fields} if fields else {}),
            }
            title = "SageMaker Model Package State Change"
            yield Fact("Package", name, what), event(place, title, detail)


def monitors(place: Environment) -> Iterator[tuple[Fact, Any]]:
    """Yield events of runs of monitors: processing jobs."""
    found = [
        (one.properties[key]["EndpointInput"]["EndpointName"], kind, one.properties)
        for kind in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
        for one in place.of_type(f"AWS::SageMaker::{kind}JobDefinition")
        for key in (f"{kind}JobInput",)
    ]
    for endpoint, kind, properties in found:
        [output] = properties[f"{kind}JobOutputConfig"]["MonitoringOutputs"]
        uri = f"{output['S3Output']['S3Uri']}/{endpoint}-schedule/2026/11/27/10"
        for state, message, what in (
            ("InProgress", None, "runs"),
            ("Completed", "Completed: Job completed successfully with no violations.", "ok"),
            ("Completed", "CompletedWithViolations: Job completed with 3 violations.", "violated"),
            ("Failed", None, "failed"),
            ("Stopped", None, "stopped"),
        ):
            outputs = [
                {"OutputName": "result", "S3Output": {"S3Uri": uri, "S3UploadMode": "EndOfJob"}}
            ]
            detail = {
                "ProcessingJobName": f"model-monitoring-{kind.lower()}-abc",
                "ProcessingJobStatus": state,
                "ProcessingOutputConfig": {"Outputs": outputs},
                **({"ExitMessage": message} if message else {}),
            }
            title = "SageMaker Processing Job State Change"
            yield Fact("Monitor", endpoint, what, kind), event(place, title, detail)


def objects(place: Environment) -> Iterator[tuple[Fact, Any]]:
    """Yield events of files that are written into the buckets of an environment."""
    buckets = [one.ref for one in place.of_type("AWS::S3::Bucket")]
    for bucket in (*buckets, "elsewhere"):
        for key in (
            "churn/customers/_SUCCESS",
            "churn/customers/2026/11/_SUCCESS",
            "churn/customers/a.csv",
            "churn/customers-old/_SUCCESS",
            "churn/customers/_SUCCESS.tmp",
            "inference-complete-churn/AllTraffic/2026/11/27/10/a.jsonl",
            "inference-complete-churn/a.txt",
            "other/a.jsonl",
        ):
            detail = {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 1}}
            yield (
                Fact("Object", bucket, key),
                event(place, "Object Created", detail, source="aws.s3"),
            )


def glue(place: Environment) -> Iterator[tuple[Fact, Any]]:
    for name in (*(one.ref for one in place.of_type("AWS::Glue::Crawler")), "elsewhere"):
        for state in ("Started", "Succeeded", "Failed"):
            detail: dict[str, Any] = {"crawlerName": name, "state": state}
            title = "Glue Crawler State Change"
            yield Fact("Crawler", name, state), event(place, title, detail, source="aws.glue")
    rulesets = names(place, "AWS::Glue::DataQualityRuleset", "Name")
    for name in (*rulesets, "elsewhere"):
        for score in (0.1, 1.0):
            detail = {"rulesetNames": [name], "score": score, "state": "SUCCEEDED"}
            title = "Data Quality Evaluation Results Available"
            yield (
                Fact("Score", name, str(score)),
                event(place, title, detail, source="aws.glue-dataquality"),
            )


def access_findings(place: Environment) -> Iterator[tuple[Fact, Any]]:
    """Yield findings of IAM Access Analyzer (its User Guide, "Monitoring with EventBridge").

    The account may have an analyzer that no template makes.
    """
    for name in (*names(place, "AWS::AccessAnalyzer::Analyzer", "AnalyzerName"), "existing"):
        for status in ("ACTIVE", "ARCHIVED", "RESOLVED"):
            detail = {"id": "1", "status": status, "resource": f"arn:aws:s3:::{place.name}-a"}
            title = "Access Analyzer Finding"
            yield (
                Fact("AccessFinding", name, status),
                event(place, title, detail, source="aws.access-analyzer"),
            )


def macie_findings(place: Environment) -> Iterator[tuple[Fact, Any]]:
    """Yield findings of Macie (its User Guide, "EventBridge event schema for Macie findings").

    The account may have a session that no template makes.
    """
    for kind in ("SensitiveData:S3Object/Personal", "Policy:IAMUser/S3BucketPublic"):
        for bucket in (f"{place.name}-lakehouse-raw", "elsewhere"):
            detail = {
                "id": "1",
                "type": kind,
                "severity": {"description": "High"},
                "resourcesAffected": {
                    "s3Bucket": {"name": bucket},
                    "s3Object": {"key": "customers.csv"},
                },
            }
            yield (
                Fact("MacieFinding", bucket, kind),
                event(place, "Macie Finding", detail, source="aws.macie"),
            )


def events_of(place: Environment) -> Events:
    own = [f"{place.name}-train", "pipelines-abc-Train"]
    transforms = [
        str(one.properties["Name"]).rpartition("/")[2]
        for one in place.of_type("AWS::SSM::Parameter")
        if "/batch-transform/" in str(one.properties.get("Name"))
    ]
    sources = [
        jobs(place, "TrainingJob", "Training Job", own),
        jobs(place, "ProcessingJob", "Processing Job", own),
        jobs(place, "TransformJob", "Transform Job", [*own, *transforms]),
        jobs(place, "HyperParameterTuningJob", "HyperParameter Tuning Job", own),
        *(found(place) for found in (endpoints, clusters, pipelines, packages)),
        *(found(place) for found in (monitors, objects, glue, access_findings, macie_findings)),
    ]
    found = {fact: one for every in sources for fact, one in every}
    # The same of a service that is not the one.
    for fact, one in list(found.items()):
        found[Fact("Foreign", fact.name, fact.state, fact.kind)] = {**one, "source": "elsewhere"}
    return found
