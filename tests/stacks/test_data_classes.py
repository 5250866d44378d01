"""Classes of data in templates: tags of buckets, LF-tags, metadata, and the evidence."""

from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly, Stage
from operations.evidence.classes import Classes
from operations.evidence.reach import reach
from operations.evidence.stores import stores
from operations.permissions import permissions
from operations.templates import Templates
from tests.bad_settings import BASE, write
from tests.support import ROOT, synthesized

TAG = "data-class"
CLASSIFIED = """\
data_classes: {required: true, default: internal}
foundation: {artifact_data_class: confidential}
lakehouse:
  layers:
    - {name: raw, data_class: restricted}
    - {name: open, data_class: public}
  catalog: {s3_tables: create}
  permissions: {}
  table_buckets:
    - name: events
      namespaces:
        - {name: web, data_class: public}
        - {name: calls, data_class: confidential}
feature_store:
  groups:
    - name: customers
      data_class: confidential
      features: [{name: id, type: string}, {name: at, type: string}]
      record_identifier: id
      event_time: at
      offline: {layer: raw}
inference:
  endpoints:
    - name: churn
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.4.0
      model_data: s3://example-models/churn/model.tar.gz
      instance_type: ml.c7i.xlarge
      data_capture: {data_class: confidential}
    - name: offers
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.4.0
      model_data: s3://example-models/churn/model.tar.gz
      instance_type: ml.c7i.xlarge
      data_capture: {data_class: public}
"""
BY_IAM = """\
lakehouse:
  layers: [{name: raw, data_class: restricted}, {name: open}]
"""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    folder = tmp_path_factory.mktemp("classes")
    second = BASE.replace("name: base", "name: iam").replace("123456789012", "210987654321")
    files = [
        Path(write(folder, BASE + CLASSIFIED)),
        Path(write(folder, second.replace("10.0.0.0", "10.1.0.0") + BY_IAM, "iam")),
        ROOT / "examples/classes-complete.yaml",
    ]
    return Assembly.read(synthesized(folder / "cdk", *files))


def classes_of(stage: Stage) -> dict[str, str]:
    templates = Templates(stage)
    return {
        one.place: one.data_class for one in stores(stage, templates, Classes(stage, templates))
    }


def lf_tags(stage: Stage) -> dict[str, Any]:
    return {
        f"{one['Target']['Database']}.{','.join(one['Target'].get('Columns', []))}": one[
            "Tags"
        ].get(f"{stage.name}-{TAG}")
        for stack in stage.stacks
        for one in stack.of_type("Custom::LakeFormationTags")
    }


def test_stores_have_their_class_or_the_default(assembly: Assembly) -> None:
    found = classes_of(assembly.stage("base"))

    assert found["foundation/Artifacts"] == "confidential"
    assert found["foundation/AccessLogs"] == "internal"
    assert found["lakehouse/RawLayer/Bucket"] == "restricted"
    assert found["lakehouse/OpenLayer/Bucket"] == "public"
    assert "" not in found.values()


def test_shared_stores_have_the_most_protected_class(assembly: Assembly) -> None:
    found = classes_of(assembly.stage("base"))

    assert found["inference/Captures"] == "confidential"
    assert found["lakehouse/EventsTableBucket"] == "confidential"
    assert found["lakehouse/Queries/Results"] == "restricted"


def test_groups_have_their_class_without_a_tag(assembly: Assembly) -> None:
    stage = assembly.stage("base")
    [group] = [
        one
        for stack in stage.stacks
        for one in stack.resources().values()
        if one["Type"] == "AWS::SageMaker::FeatureGroup"
    ]

    assert group["Metadata"][TAG] == "confidential"
    assert TAG not in {one["Key"] for one in group["Properties"]["Tags"]}
    assert {
        value for place, value in classes_of(stage).items() if place.endswith("/Customers")
    } == {"confidential"}


def test_databases_have_an_lf_tag(assembly: Assembly) -> None:
    tags = lf_tags(assembly.stage("base"))

    assert tags == {
        "base_raw.": "restricted",
        "base_open.": "public",
        "web.": "public",
        "calls.": "confidential",
    }
    values = {
        one["Value"]
        for stack in assembly.stage("base").stacks
        for one in stack.of_type("Custom::LakeFormationTagValue")
        if one["Key"] == f"base-{TAG}"
    }
    assert values == {"public", "internal", "confidential", "restricted"}


def test_without_lake_formation_buckets_alone_have_a_class(assembly: Assembly) -> None:
    stage = assembly.stage("iam")

    assert classes_of(stage)["lakehouse/RawLayer/Bucket"] == "restricted"
    assert classes_of(stage)["lakehouse/OpenLayer/Bucket"] == ""
    assert Classes(stage, Templates(stage)).of_database("iam_raw") == {"restricted"}
    assert not lf_tags(stage)


def test_evidence_shows_personas_by_class(assembly: Assembly) -> None:
    stage = assembly.stage("classes-complete")
    found = reach(permissions(stage), Classes(stage, Templates(stage)))
    readers = {
        (one.data_class, one.persona)
        for one in found
        if one.may in ("read", "write")
        if any(name.startswith("classes_complete") for name in one.data)
    }

    assert ("confidential", "data_engineer") in readers
    assert ("internal", "data_scientist") in readers
    assert ("confidential", "data_scientist") not in readers
    assert ("secret", "data_scientist") not in readers
