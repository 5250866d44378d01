"""The daily export of lineage: each endpoint with the data it goes back to, or no new file."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sagemaker_platform.custom_resources.lineage_export import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

SAGEMAKER = "arn:aws:sagemaker:eu-west-1:123456789012"
TABLES = "arn:aws:glue:eu-west-1:123456789012:table/dev_curated/"
EVENT: Item = {
    "Endpoints": "dev-",
    "Bucket": "dev-bill",
    "Key": "lineage/lineage.json",
    "Owner": "123456789012",
    "Tables": {"s3://lake/tables/": TABLES},
}


@dataclass
class Lineage(FakeAws):
    """Contexts of endpoints, what they go back to, and the files that were put.

    Attributes:
        page: the most that a list gives back at once.
        contexts: what each endpoint goes back to: type and source.
        gone: sources that were deleted.
    """

    page: int = 100
    contexts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)

    def _part(self, items: list[Item], token: str) -> Item:
        start = int(token)
        end = start + self.page
        more = {"NextToken": str(end)} if end < len(items) else {}
        return {"items": items[start:end], **more}

    def list_contexts(self, ContextType: str, NextToken: str = "0") -> Item:  # noqa: N803
        assert ContextType == "Endpoint"
        part = self._part(
            [
                {
                    "ContextArn": f"{SAGEMAKER}:context/{name}",
                    "ContextName": name,
                    "ContextType": ContextType,
                    "Source": {"SourceUri": f"{SAGEMAKER}:endpoint/{name}"},
                    "CreationTime": datetime.fromtimestamp(0, UTC),
                }
                for name in self.contexts
            ],
            NextToken,
        )
        return {"ContextSummaries": part.pop("items"), **part}

    def query_lineage(self, StartArns: list[str], NextToken: str = "0", **given: Any) -> Item:  # noqa: N803
        assert given == {"Direction": "Ascendants", "IncludeEdges": False, "MaxDepth": 10}
        [start] = StartArns
        name = start.rpartition("/")[2]
        part = self._part(
            [
                {"Arn": self.arn(kind, source), "Type": kind, "LineageType": self.lineage(kind)}
                for kind, source in self.contexts[name]
            ],
            NextToken,
        )
        return {"Vertices": part.pop("items"), **part}

    @staticmethod
    def lineage(kind: str) -> str:
        return {"TrainingJob": "TrialComponent", "ModelDeployment": "Action"}.get(kind, "Artifact")

    def arn(self, kind: str, source: str) -> str:
        sources = dict.fromkeys(one for known in self.contexts.values() for _, one in known)
        number = list(sources).index(source)
        if self.lineage(kind) == "TrialComponent":
            return f"{SAGEMAKER}:experiment-trial-component/job{number}"
        return f"{SAGEMAKER}:artifact/{number:032d}"

    def source(self, arn: str) -> str:
        for known in self.contexts.values():
            for kind, source in known:
                if self.arn(kind, source) == arn and source not in self.gone:
                    return source
        raise failure("ResourceNotFound")

    def describe_artifact(self, ArtifactArn: str) -> Item:  # noqa: N803
        return {"ArtifactArn": ArtifactArn, "Source": {"SourceUri": self.source(ArtifactArn)}}

    def describe_trial_component(self, TrialComponentName: str) -> Item:  # noqa: N803
        arn = f"{SAGEMAKER}:experiment-trial-component/{TrialComponentName}"
        return {"Source": {"SourceArn": self.source(arn)}}

    def put_object(self, **given: Any) -> Item:
        assert (given["Bucket"], given["ExpectedBucketOwner"]) == ("dev-bill", EVENT["Owner"])
        self.files[given["Key"]] = given["Body"].decode()
        return {}


JOB, PACKAGE = f"{SAGEMAKER}:training-job/churn", f"{SAGEMAKER}:model-package/dev-churn/7"
CHURN = [
    ("ModelDeployment", "an action"),
    ("Model", PACKAGE),
    ("TrainingJob", JOB),
    ("DataSet", "s3://lake/tables/orders/data"),
    ("DataSet", "s3://elsewhere/churn.csv"),
    ("Image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train"),
]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Lineage:
    world = Lineage()
    world.install(monkeypatch)
    # Retrying is botocore's, below what the fake stands in for.
    index.client.cache_clear()
    return world


def written(aws: Lineage) -> list[Item]:
    return [json.loads(line) for line in aws.files["lineage/lineage.json"].splitlines()]


@pytest.mark.parametrize("page", [100, 1])
def test_each_data_set_is_a_line(aws: Lineage, page: int) -> None:
    aws.page = page
    aws.contexts = {"dev-churn": CHURN, "prod-churn": CHURN}

    assert index.export(EVENT, None) == {"Endpoints": 1, "Lines": 2}

    common = {"endpoint": "dev-churn", "model_packages": PACKAGE, "training_jobs": JOB}
    assert written(aws) == [
        {**common, "data": "s3://elsewhere/churn.csv", "table_arn": ""},
        {**common, "data": "s3://lake/tables/orders/data", "table_arn": f"{TABLES}orders"},
    ]


def test_an_endpoint_without_data_has_a_line(aws: Lineage) -> None:
    aws.contexts = {"dev-empty": [], "dev-folder": [("DataSet", "s3://lake/tables/")]}

    index.export(EVENT, None)

    assert [(one["endpoint"], one["data"], one["table_arn"]) for one in written(aws)] == [
        ("dev-empty", "", ""),
        ("dev-folder", "s3://lake/tables/", ""),
    ]


def test_no_endpoint_empties_the_file(aws: Lineage) -> None:
    index.export(EVENT, None)

    assert aws.files == {"lineage/lineage.json": ""}


def test_what_was_deleted_is_left_out(aws: Lineage) -> None:
    aws.contexts, aws.gone = {"dev-churn": CHURN}, {JOB, "s3://elsewhere/churn.csv"}

    index.export(EVENT, None)

    assert [(one["training_jobs"], one["data"]) for one in written(aws)] == [
        ("", "s3://lake/tables/orders/data")
    ]


def test_data_of_several_endpoints_is_read_once(aws: Lineage) -> None:
    aws.contexts = {"dev-a": CHURN, "dev-b": CHURN}

    index.export(EVENT, None)

    assert len(written(aws)) == 4
    assert aws.calls.count("DescribeArtifact") == 4


@pytest.mark.parametrize(
    "operation",
    ["ListContexts", "QueryLineage", "DescribeArtifact", "DescribeTrialComponent"],
)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_failure_keeps_the_file_of_the_day_before(
    aws: Lineage, operation: str, code: str
) -> None:
    aws.contexts = {"dev-churn": CHURN}
    aws.files = {"lineage/lineage.json": "yesterday"}
    aws.faults.append((operation, failure(code)))

    with pytest.raises(ClientError, match=code):
        index.export(EVENT, None)

    assert aws.files == {"lineage/lineage.json": "yesterday"}
