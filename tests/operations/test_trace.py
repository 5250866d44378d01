"""Tracing what an endpoint serves: every hop, each hop missing, and the rights it takes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from operations.access.tables import table as access_table
from operations.account import Account
from operations.errors import OperationError
from operations.trace import report
from operations.trace.accounts import Accounts
from operations.trace.hop import Hop
from operations.trace.trace import trace
from tests.operations import program
from tests.operations.fake_account import Answers, FakeSession

HOME, OWNER, REGION = "333333333333", "111111111111", "eu-west-1"
THEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64
IMAGE = f"{HOME}.dkr.ecr.eu-west-1.amazonaws.com/serve"
APPROVER = f"arn:aws:sts::{OWNER}:assumed-role/dev-ModelApprover/dora"


def arn(kind: str, name: str, account: str = HOME) -> str:
    return f"arn:aws:sagemaker:{REGION}:{account}:{kind}/{name}"


def served(owner: str = HOME) -> dict[str, Any]:
    """An endpoint of one variant whose model was made of a version of the registry."""
    return {
        "sagemaker.DescribeEndpoint": {
            "EndpointName": "prod-churn",
            "EndpointArn": arn("endpoint", "prod-churn"),
            "EndpointConfigName": "churn-1",
            "EndpointStatus": "InService",
            "CreationTime": THEN,
            "LastModifiedTime": THEN,
            "ProductionVariants": [
                {
                    "VariantName": "main",
                    "DeployedImages": [
                        {"SpecifiedImage": f"{IMAGE}:1", "ResolvedImage": f"{IMAGE}@{DIGEST}"}
                    ],
                }
            ],
        },
        "sagemaker.DescribeEndpointConfig": {
            "EndpointConfigName": "churn-1",
            "EndpointConfigArn": arn("endpoint-config", "churn-1"),
            "ProductionVariants": [{"VariantName": "main", "ModelName": "churn-model"}],
            "CreationTime": THEN,
        },
        "sagemaker.DescribeModel": {
            "ModelName": "churn-model",
            "ModelArn": arn("model", "churn-model"),
            "CreationTime": THEN,
            "PrimaryContainer": {
                "ModelPackageName": arn("model-package", "dev-churn/7", owner),
            },
        },
    }


def registered(owner: str = HOME) -> dict[str, Any]:
    """A version that a pipeline trained and registered, and that a person approved."""
    version = arn("model-package", "dev-churn/7", owner)
    execution = arn("pipeline", "churn/execution/abcdefghijkl", owner)
    job = arn("training-job", "pipelines-abc-Train", owner)
    artifact, raw = arn("artifact", "a" * 32, owner), arn("artifact", "b" * 32, owner)
    component = arn("experiment-trial-component", "pipelines-abc-train-aws-training-job", owner)
    return {
        "sagemaker.DescribeModelPackage": {
            "ModelPackageName": "dev-churn/7",
            "ModelPackageArn": version,
            "ModelPackageGroupName": "dev-churn",
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "ModelApprovalStatus": "Approved",
            "ApprovalDescription": "metrics reviewed",
            "CreationTime": THEN,
            "LastModifiedTime": THEN,
            "CreatedBy": {"IamIdentity": {"Arn": f"arn:aws:sts::{owner}:assumed-role/pipeline/s"}},
            "LastModifiedBy": {"IamIdentity": {"Arn": "arn:aws:iam::1:role/stamper"}},
            "MetadataProperties": {
                "GeneratedBy": execution,
                "CommitId": "0123abc",
                "Repository": "https://github.com/acme/models",
            },
            "InferenceSpecification": {
                "Containers": [
                    {
                        "Image": f"{IMAGE}:1",
                        "ImageDigest": DIGEST,
                        "ModelDataUrl": "s3://artifacts/run/model.tar.gz",
                        "ModelDataETag": "etag-1",
                    }
                ]
            },
        },
        "cloudtrail.LookupEvents": {
            "Events": [
                trail("arn:aws:iam::1:role/stamper", version, "Rejected"),
                trail("arn:aws:iam::1:role/else", f"{version}1", "Approved"),
                trail("arn:aws:iam::1:role/denied", version, "Approved", errorCode="AccessDenied"),
                trail(APPROVER, version, "Approved"),
            ]
        },
        "sagemaker.DescribePipelineExecution": {
            "PipelineArn": arn("pipeline", "churn", owner),
            "PipelineExecutionArn": execution,
            "PipelineExecutionStatus": "Succeeded",
            "CreationTime": THEN,
            "PipelineVersionId": 4,
            "CreatedBy": {"UserProfileName": "ada"},
        },
        "sagemaker.ListPipelineExecutionSteps": {
            "PipelineExecutionSteps": [
                {
                    "StepName": "Register",
                    "StepStatus": "Succeeded",
                    "Metadata": {"RegisterModel": {"Arn": version}},
                },
                {
                    "StepName": "Register-RepackModel-0",
                    "StepStatus": "Succeeded",
                    "Metadata": {"TrainingJob": {"Arn": arn("training-job", "repack", owner)}},
                },
                {
                    "StepName": "Train",
                    "StepStatus": "Succeeded",
                    "Metadata": {"TrainingJob": {"Arn": job}},
                },
            ]
        },
        "sagemaker.ListPipelineParametersForExecution": {
            "PipelineParameters": [{"Name": "Commit", "Value": "fff000"}]
        },
        "sagemaker.DescribeTrainingJob": {
            "TrainingJobName": "pipelines-abc-Train",
            "TrainingJobArn": job,
            "ModelArtifacts": {"S3ModelArtifacts": "s3://artifacts/run/model.tar.gz"},
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "AlgorithmSpecification": {
                "TrainingImage": f"{IMAGE}@{DIGEST}",
                "TrainingInputMode": "File",
            },
            "ResourceConfig": {"VolumeSizeInGB": 30},
            "StoppingCondition": {},
            "CreationTime": THEN,
            "InputDataConfig": [
                channel("train", "s3://artifacts/run/train"),
                channel("code", "s3://artifacts/run/code"),
            ],
        },
        "sagemaker.ListArtifacts": {"ArtifactSummaries": [{"ArtifactArn": artifact}]},
        "sagemaker.QueryLineage": {
            "Vertices": [
                {"Arn": component, "Type": "TrainingJob", "LineageType": "TrialComponent"},
                {"Arn": raw, "Type": "DataSet", "LineageType": "Artifact"},
                {"Arn": artifact, "Type": "Model", "LineageType": "Artifact"},
            ]
        },
        "sagemaker.DescribeArtifact": {
            "ArtifactArn": raw,
            "Source": {"SourceUri": "s3://lake/raw/churn.csv"},
        },
        "sagemaker.DescribeTrialComponent": {"Source": {"SourceArn": job}},
        "glue.GetDatabases": {
            "DatabaseList": [
                {"Name": "default"},
                {"Name": "prod_raw", "LocationUri": "s3://lake/raw/"},
                {"Name": "prod_curated", "LocationUri": f"{LAKE}/"},
            ]
        },
        "glue.GetTables": {"TableList": TABLES},
    }


LAKE = "s3://prod-lakehouse-curatedlayerbucketacae7b09-q1w2e3r4t5y6"


def cataloged(name: str, location: str, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "StorageDescriptor": {"Location": location, "Columns": list(columns)},
        **more,
    }


TABLES = [
    cataloged(
        "orders",
        f"{LAKE}/tables/orders",
        {"Name": "id", "Type": "bigint"},
        {"Name": "gone", "Type": "string", "Parameters": {"iceberg.field.current": "false"}},
        PartitionKeys=[{"Name": "day", "Type": "date"}],
    ),
    # As a crawler makes it: where people put files, with another name than the folder's.
    cataloged("sales", f"s3a://{LAKE[5:]}/uploads/2026/", {"Name": "amount", "Type": "double"}),
    cataloged("all_uploads", f"{LAKE}/uploads", {"Name": "line", "Type": "string"}),
    cataloged("empty", f"{LAKE}/tables/empty"),
    {"Name": "a_view"},
]
FEATURES = {
    "FeatureGroupArn": arn("feature-group", "prod-customers"),
    "FeatureGroupName": "prod-customers",
    "RecordIdentifierFeatureName": "customer",
    "EventTimeFeatureName": "at",
    "FeatureDefinitions": [
        {"FeatureName": "customer", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "Fractional"},
        {"FeatureName": "orders", "FeatureType": "Integral"},
    ],
    "CreationTime": THEN,
    "NextToken": "",
}


def channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def trail(who: str, version: str, status: str, **more: str) -> dict[str, Any]:
    event = {
        "eventTime": "2026-11-20T09:30:00Z",
        "userIdentity": {"arn": who},
        "requestParameters": {"modelPackageArn": version, "modelApprovalStatus": status},
        **more,
    }
    return {"CloudTrailEvent": json.dumps(event)}


def found(answers: Answers, *owners: Answers) -> list[Hop]:
    asked = [Account(FakeSession(one)) for one in (answers, *owners)]
    return trace(Accounts(asked[0], asked[1:]), "prod-churn")


def values(hops: list[Hop]) -> dict[str, list[str | None]]:
    known: dict[str, list[str | None]] = {}
    for one in hops:
        known.setdefault(one.hop, []).append(one.value)
    return known


COMPLETE = {
    "endpoint": [arn("endpoint", "prod-churn")],
    "configuration": [arn("endpoint-config", "churn-1")],
    "model": [arn("model", "churn-model")],
    "serving image": [f"{IMAGE}@{DIGEST}"],
    "model data": ["s3://artifacts/run/model.tar.gz"],
    "package": [arn("model-package", "dev-churn/7")],
    "group": ["dev-churn"],
    "registered by": [f"arn:aws:sts::{HOME}:assumed-role/pipeline/s"],
    "approver": [APPROVER],
    "pipeline execution": [arn("pipeline", "churn/execution/abcdefghijkl")],
    "pipeline step": ["Register"],
    "training job": [arn("training-job", "pipelines-abc-Train")],
    "data": ["s3://artifacts/run/train"],
    "code": ["s3://artifacts/run/code"],
    "training image": [f"{IMAGE}@{DIGEST}"],
    "code commit": ["0123abc"],
    "lineage": ["s3://lake/raw/churn.csv"],
}


def test_every_hop_is_found() -> None:
    hops = found({**served(), **registered()})
    assert values(hops) == COMPLETE
    assert all(one.call for one in hops)


def changed(answers: Mapping[str, Any], operation: str, **members: Any) -> dict[str, Any]:
    given = {**answers[operation], **members}
    return {**answers, operation: {key: one for key, one in given.items() if one is not None}}


WHOLE = {**served(), **registered()}
NO_RUN = {"CommitId": "0123abc"}
# What differs from the whole; then a hop, its values, and a part of the detail of the first.
MISSING: list[tuple[Any, Any, Any, Any]] = [
    ({"sagemaker.DescribeEndpointConfig": "ValidationException: Could not find"}, *(
        "package", [None], "the configuration churn-1 is not readable: the configuration was")),
    ({"sagemaker.DescribeModel": "ValidationException: Could not find model"}, *(
        "package", [None], "the model churn-model is not readable: the model was deleted")),
    ({"sagemaker.DescribeModelPackage": "ValidationException: does not exist"}, *(
        "approver", [None], "the version was deleted from the registry")),
    ({"cloudtrail.LookupEvents": {"Events": []}}, *(
        "approver", [None], "role/stamper changed the package last, and may have approved it")),
    ({"sagemaker.DescribePipelineExecution": "ResourceNotFound"}, *(
        "pipeline execution", COMPLETE["pipeline execution"], "not readable: the pipeline was")),
    ({"sagemaker.ListPipelineExecutionSteps": {"PipelineExecutionSteps": []}}, *(
        "pipeline step", [None], "no step of the execution registered the package")),
    # Lineage tells the job that the steps do not.
    ({"sagemaker.ListPipelineExecutionSteps": "ResourceNotFound"}, *(
        "training job", COMPLETE["training job"], "Completed")),
    ({"sagemaker.DescribeTrainingJob": "ValidationException: Requested resource not found"}, *(
        "data", [None], "the training job is not readable")),
    ({"sagemaker.ListArtifacts": {"ArtifactSummaries": []}}, *(
        "lineage", [None], "SageMaker recorded none for arn:")),
    ({"sagemaker.QueryLineage": {"Vertices": []}}, *("lineage", [None], "it has no data set")),
    ({"sagemaker.DescribeArtifact": "ResourceNotFound"}, *("lineage", [None], "artifact/bbbb")),
    (changed(WHOLE, "sagemaker.DescribeModelPackage", MetadataProperties=None), *(
        "pipeline execution", [None], "does not record what made it")),
    (changed(WHOLE, "sagemaker.DescribeModelPackage", MetadataProperties=None), *(
        "training job", COMPLETE["training job"], "Completed")),
    (changed(WHOLE, "sagemaker.DescribeModelPackage", MetadataProperties=None), *(
        "code commit", [None], "the package records none (MetadataProperties.CommitId), and")),
    (changed(WHOLE, "sagemaker.DescribeModelPackage",
             MetadataProperties={"GeneratedBy": arn("training-job", "by-hand")}), *(
        "pipeline step", [None], "training-job/by-hand made the package, not a pipeline")),
    (changed(WHOLE, "sagemaker.DescribeModelPackage", MetadataProperties={
        "GeneratedBy": COMPLETE["pipeline execution"][0]}), *(
        "code commit", ["fff000"], "a parameter of the pipeline execution")),
    (changed(WHOLE, "sagemaker.DescribeModelPackage", ModelApprovalStatus="Rejected"), *(
        "approver", [None], "nothing says that it was approved: it is Rejected")),
    (changed(WHOLE, "sagemaker.DescribeModelPackage", CreatedBy=None), *(
        "registered by", [None], "the package does not say")),
    (changed(WHOLE, "sagemaker.DescribeTrainingJob",
             ModelArtifacts={"S3ModelArtifacts": "s3://else/model.tar.gz"}), *(
        "training job", COMPLETE["training job"], "the model data is not its output")),
    (changed(WHOLE, "sagemaker.DescribeTrainingJob", AlgorithmSpecification={
        "TrainingImage": f"{IMAGE}:1", "TrainingInputMode": "File"}), *(
        "training image", [None], "serve:1 without a digest, and a tag may have moved")),
    (changed(WHOLE, "sagemaker.DescribeTrainingJob",
             InputDataConfig=[channel("code", "s3://c/c")]), *(
        "data", [None], "the job has no channel of data")),
    (changed(WHOLE, "sagemaker.DescribeModel", PrimaryContainer={
        "Image": f"{IMAGE}:1", "ModelDataUrl": "s3://artifacts/run/model.tar.gz"}), *(
        "package", [None], "made of an image and data, not of a version of the registry")),
    (changed(WHOLE, "sagemaker.DescribeModel", PrimaryContainer={
        "Image": f"{IMAGE}:1", "ModelDataUrl": "s3://artifacts/run/model.tar.gz"}), *(
        "training job", COMPLETE["training job"], "Completed")),
    (changed(WHOLE, "sagemaker.DescribeEndpoint", ProductionVariants=[{"VariantName": "main"}]), *(
        "serving image", [f"{IMAGE}:1@{DIGEST}"], "of the package")),
]  # fmt: skip


@pytest.mark.parametrize(("differs", "hop", "value", "detail"), MISSING)
def test_missing_hop_says_why(
    differs: Mapping[str, Any], hop: str, value: list[str | None], detail: str
) -> None:
    hops = found({**WHOLE, **differs})
    [first, *_] = [one for one in hops if one.hop == hop]
    assert values(hops)[hop] == value
    assert detail in first.detail
    # What is unknown has a reason, and no hop is left out without one.
    assert all(one.detail for one in hops if one.value is None)
    assert {one.hop for one in hops} >= COMPLETE.keys() - {"code"}


@pytest.mark.parametrize("operation", sorted(WHOLE.keys() - {"sagemaker.DescribeEndpoint"}))
@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("AccessDeniedException", "the credentials may not call `aws "),
        ("ThrottlingException: Rate exceeded", "AWS throttles `aws "),
    ],
)
def test_call_that_is_refused_leaves_the_others(operation: str, error: str, says: str) -> None:
    # Lineage's trial components are asked for only where nothing else tells the job.
    whole = WHOLE
    if operation == "sagemaker.DescribeTrialComponent":
        whole = changed(WHOLE, "sagemaker.DescribeModelPackage", MetadataProperties=None)
    if operation == "sagemaker.ListPipelineParametersForExecution":
        only = {"GeneratedBy": COMPLETE["pipeline execution"][0]}
        whole = changed(WHOLE, "sagemaker.DescribeModelPackage", MetadataProperties=only)
    hops = found({**whole, operation: error})
    assert any(says in one.detail for one in hops)
    assert values(hops)["endpoint"] == COMPLETE["endpoint"]
    assert {one.hop for one in hops} >= COMPLETE.keys() - {"code"}


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("ValidationException: Could not find endpoint", "the account has no such endpoint"),
        ("AccessDeniedException", "the credentials may not call `aws sagemaker describe-endpoint`"),
    ],
)
def test_endpoint_that_cannot_be_read_is_an_error(error: str, says: str) -> None:
    with pytest.raises(OperationError, match=says):
        found({"sagemaker.DescribeEndpoint": error})


def components(**specification: Any) -> dict[str, Any]:
    answers = changed(
        served(),
        "sagemaker.DescribeEndpointConfig",
        ProductionVariants=[{"VariantName": "main"}],
    )
    return {
        **answers,
        **registered(),
        "sagemaker.ListInferenceComponents": {
            "InferenceComponents": [
                {
                    "InferenceComponentName": "base",
                    "InferenceComponentArn": arn("inference-component", "base"),
                    "EndpointName": "prod-churn",
                    "EndpointArn": arn("endpoint", "prod-churn"),
                    "VariantName": "main",
                    "CreationTime": THEN,
                    "LastModifiedTime": THEN,
                }
            ]
        },
        "sagemaker.DescribeInferenceComponent": {
            "InferenceComponentName": "base",
            "InferenceComponentArn": arn("inference-component", "base"),
            "InferenceComponentStatus": "InService",
            "EndpointName": "prod-churn",
            "EndpointArn": arn("endpoint", "prod-churn"),
            "CreationTime": THEN,
            "LastModifiedTime": THEN,
            "Specification": specification,
        },
    }


def test_components_are_traced_by_their_models() -> None:
    hops = found(components(ModelName="churn-model"))
    assert {one.of for one in hops} == {"", "base"}
    assert values(hops)["component"] == [arn("inference-component", "base")]
    assert values(hops)["package"] == COMPLETE["package"]


def test_adapter_is_traced_by_its_files() -> None:
    hops = found(
        components(
            BaseInferenceComponentName="base",
            Container={"ArtifactUrl": "s3://artifacts/run/model.tar.gz"},
        )
    )
    assert values(hops)["model data"] == ["s3://artifacts/run/model.tar.gz"]
    assert values(hops)["training job"] == COMPLETE["training job"]
    assert values(hops)["model"] == [None]


@pytest.mark.parametrize(
    ("operation", "answer", "says"),
    [
        ("ListInferenceComponents", {"InferenceComponents": []}, "no component, so it serves noth"),
        ("ListInferenceComponents", "AccessDeniedException", "may not call"),
        ("DescribeInferenceComponent", "ValidationException: Could not find", "deleted meanwhile"),
    ],
)
def test_component_that_is_unknown_says_why(operation: str, answer: Any, says: str) -> None:
    hops = found({**components(ModelName="churn-model"), f"sagemaker.{operation}": answer})
    [component] = [one for one in hops if one.hop == "component"]
    assert component.value is None
    assert says in component.detail


IDENTITY = {"sts.GetCallerIdentity": {"Account": OWNER}}


def test_registry_of_another_account_is_asked_with_its_profile() -> None:
    hops = found(served(OWNER), {**registered(OWNER), **IDENTITY})
    assert values(hops)["approver"] == [APPROVER]
    assert values(hops)["pipeline execution"] == [
        arn("pipeline", "churn/execution/abcdefghijkl", OWNER)
    ]
    assert all(one.value for one in hops)


def test_registry_of_another_account_needs_a_profile() -> None:
    """The group's policy lets the version be read, and nothing else crosses the account."""
    version = {
        "sagemaker.DescribeModelPackage": registered(OWNER)["sagemaker.DescribeModelPackage"]
    }
    hops = found({**served(OWNER), **version})
    assert values(hops)["package"] == [arn("model-package", "dev-churn/7", OWNER)]
    assert values(hops)["code commit"] == ["0123abc"]
    for hop in ("approver", "pipeline execution", "training job", "data", "lineage"):
        [one] = [one for one in hops if one.hop == hop]
        assert one.value is None
        assert f"account {OWNER}" in one.detail
        assert "--owner-profile" in one.detail


def test_foreign_version_that_is_denied_names_the_profile() -> None:
    refused = {"sagemaker.DescribeModelPackage": "AccessDeniedException"}
    hops = found({**served(OWNER), **refused})
    assert values(hops)["package"] == [arn("model-package", "dev-churn/7", OWNER)]
    assert values(hops)["group"] == ["dev-churn"]
    [one] = [one for one in hops if one.hop == "training job"]
    assert "--owner-profile" in one.detail


def test_owner_without_credentials_is_an_error() -> None:
    with pytest.raises(OperationError, match="--owner-profile: the credentials may not call"):
        found(served(OWNER), {"sts.GetCallerIdentity": "AccessDenied"})


def test_calls_are_those_that_the_activity_promises() -> None:
    """`access` authorizes each of the task's calls for the personas with `trace_models`."""
    [task] = [one for one in access_table("tasks") if one.get("promised") == ["trace_models"]]
    fakes = [
        FakeSession(WHOLE),
        FakeSession(components(ModelName="churn-model")),
        FakeSession(changed(WHOLE, "sagemaker.DescribeModelPackage", MetadataProperties=None)),
        FakeSession({**WHOLE, **FROM_FEATURES}),
    ]
    for fake in fakes:
        trace(Accounts(Account(fake)), "prod-churn")
    assert {call for fake in fakes for call in fake.calls} == {one["call"] for one in task["calls"]}


OFFLINE = f"{OWNER}/sagemaker/{REGION}/offline-store/prod-customers-1764200000/data"
FROM_FEATURES = {
    "sagemaker.DescribeArtifact": {
        "ArtifactArn": arn("artifact", "b" * 32),
        "Source": {"SourceUri": f"s3://features/{OFFLINE}"},
    },
    "sagemaker.DescribeFeatureGroup": FEATURES,
}


def reading(uri: str, **differs: Any) -> list[Hop]:
    """Return the hops of a model that was trained with the data at a URI."""
    job = WHOLE["sagemaker.DescribeTrainingJob"]
    return found(
        {
            **WHOLE,
            "sagemaker.DescribeTrainingJob": {**job, "InputDataConfig": [channel("train", uri)]},
            "sagemaker.DescribeFeatureGroup": FEATURES,
            **differs,
        }
    )


CUSTOMERS = "customer String (record identifier), at Fractional (event time), orders Integral"


@pytest.mark.parametrize(
    ("uri", "table", "columns"),
    [
        (f"{LAKE}/tables/orders/data/part-0.parquet", "curated.orders", "id bigint, day date"),
        (f"{LAKE}/tables/orders", "curated.orders", "id bigint, day date"),
        (f"{LAKE}/uploads/2026/orders.csv", "curated", "amount double"),
        (f"{LAKE}/uploads/2025/orders.csv", "curated", "line string"),
        (f"{LAKE}/uploads_of_others/orders.csv", "curated", None),
        (f"{LAKE}/tables/orders_2/data", "curated.orders_2", "unknown: the Glue Data Catalog show"),
        (f"{LAKE}/tables/empty/data", "curated.empty", "unknown: of the table prod_curated.empty"),
        (f"{LAKE}/{OFFLINE}", "curated.prod-customers", CUSTOMERS),
        # Of an offline store that is in no layer.
        (f"s3://features/{OFFLINE}", None, CUSTOMERS),
        (LAKE, "curated", None),
        (f"{LAKE}/tables/", "curated", None),
        ("s3://artifacts/run/train", None, None),
        ("s3://prod-lakehouse-queriesresults47c1f446-q1w2e3r4t5y6/scientist/x.csv", None, None),
    ],
)
def test_data_tells_its_table_and_columns(uri: str, table: str | None, columns: str | None) -> None:
    hops = reading(uri)

    assert values(hops)["data"] == [uri]
    assert values(hops).get("table") == (None if table is None else [table])
    shown = [
        (one.value or f"unknown: {one.detail}").replace(" (partition)", "")
        for one in hops
        if one.hop == "columns"
    ]
    assert len(shown) == (0 if columns is None else 1)
    assert all(one.startswith(columns or "") for one in shown)


def test_the_catalog_names_a_table_in_a_bucket_of_another_name() -> None:
    other = cataloged("churn", "s3://lake/raw/", {"Name": "left", "Type": "boolean"})

    hops = reading("s3://artifacts/x", **{"glue.GetTables": {"TableList": [other]}})

    # The data set of the lineage is s3://lake/raw/churn.csv.
    assert values(hops)["table"] == ["prod_raw.churn"]
    assert values(hops)["columns"] == ["left boolean"]


@pytest.mark.parametrize(
    ("operation", "error", "says"),
    [
        ("glue.GetTables", "AccessDeniedException", "the credentials may not call"),
        ("glue.GetTables", "EntityNotFoundException: Database not found", "Database not found"),
        ("sagemaker.DescribeFeatureGroup", "ResourceNotFound", "the feature group was deleted"),
    ],
)
def test_columns_that_are_unknown_say_why(operation: str, error: str, says: str) -> None:
    uri = f"{LAKE}/{OFFLINE}" if "Feature" in operation else f"{LAKE}/tables/orders"

    [first, *_] = [one for one in reading(uri, **{operation: error}) if one.hop == "columns"]

    assert first.value is None
    assert says in first.detail


def test_metadata_tells_risk_and_intended_use() -> None:
    recorded = {"risk": "high", "intended_use": "Stops payments for a review."}
    change = {"CustomerMetadataProperties": recorded}

    hops = values(found(changed(WHOLE, "sagemaker.DescribeModelPackage", **change)))

    assert (hops["risk"], hops["intended use"]) == (["high"], ["Stops payments for a review."])
    assert "risk" not in values(found(WHOLE))


def test_table_counts_what_is_unknown() -> None:
    shown = report.table(found({**WHOLE, "cloudtrail.LookupEvents": "AccessDenied"}))
    assert "approver" in shown
    assert shown.endswith("16 hops known, 1 unknown")


def test_verb_prints_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[str | None] = []

    def session(*, profile_name: str | None, region_name: str | None) -> FakeSession:
        made.append(profile_name)
        return FakeSession({**WHOLE, **IDENTITY}, region_name or "eu-west-1")

    monkeypatch.setattr("boto3.Session", session)
    status = program.run(
        *("trace", "prod-churn", "--profile", "prod", "--owner-profile", "dev", "--json")
    )
    printed = json.loads(capsys.readouterr().out)
    assert status == 0
    assert made == ["prod", "dev"]
    assert printed["complete"] is True
    assert {one["hop"] for one in printed["hops"]} == COMPLETE.keys()


def test_verb_explains_a_profile_that_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("trace", "prod-churn", "--profile", "no-such-profile-here") == 1
    assert "no-such-profile-here" in capsys.readouterr().err
