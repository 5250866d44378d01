"""The verb `evidence`: what a checked synth proves."""

import csv
import html
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly, Stage
from operations.evidence.comparison import evidence_changes
from operations.evidence.evidence import Evidence, evidence_of
from operations.evidence.formats import as_csv, markdown, page
from operations.evidence.rules import controls
from operations.evidence.sections import sections
from operations.review.markdown import markdown as review_markdown
from operations.review.model import EnvironmentReview, Report
from operations.review.page import page as review_page
from operations.review.report import as_json_value, text
from sagemaker_platform.guardrails.findings import read_findings
from tests.operations import program

Json = dict[str, Any]
REPLICATION = "NIST.800.53.R5-S3BucketReplicationEnabled"
LOGGING = "NIST.800.53.R5-S3BucketLoggingEnabled"


def stage_of(assembly: Path) -> Stage:
    return Assembly.read(assembly).stage("prod")


def evidence(assembly: Path, *, with_reach: bool = True) -> Evidence:
    stage = stage_of(assembly)
    return evidence_of(assembly, stage, commit="c0ffee", dirty=False, with_reach=with_reach)


def changed(typical: Path, folder: Path, stack: str, change: Callable[[Json], None]) -> Path:
    """Return a copy of the assembly in which the resources of a stack were changed."""
    copy = folder / "assembly"
    shutil.copytree(typical, copy)
    file = Assembly.read(copy).stack(f"prod/{stack}").file
    template = json.loads(file.read_text("utf-8"))
    change(template["Resources"])
    file.write_text(json.dumps(template), "utf-8")
    return copy


@pytest.fixture(scope="module")
def found(typical: Path) -> Evidence:
    return evidence(typical)


def test_each_accepted_finding_is_shown_with_its_reason(typical: Path, found: Evidence) -> None:
    expected = {
        (one.rule, one.acknowledged)
        for one in read_findings(typical)
        if one.construct_path.startswith("prod/") and one.acknowledged is not None
    }

    assert expected
    assert {(one.rule, one.reason) for one in found.accepted} == expected


def test_a_resource_with_a_finding_does_not_satisfy_the_rule(found: Evidence) -> None:
    by_id = {one.rule.id: one for one in found.judged}
    accepted = {one.place for one in by_id[REPLICATION].accepted}

    assert "foundation/Artifacts" in accepted
    assert not accepted & set(by_id[REPLICATION].satisfied)
    assert by_id[REPLICATION].state == "acknowledged"
    assert "foundation/Artifacts" in by_id[LOGGING].satisfied
    assert by_id["NIST.800.53.R5-RDSStorageEncrypted"].state == "no resource"


def test_a_control_has_the_worst_state_of_its_rules(found: Evidence) -> None:
    of_nist = {one.id: one for one in controls(found.judged) if one.pack == "NIST.800.53.R5"}

    assert REPLICATION in of_nist["CP-9a"].rules
    assert of_nist["CP-9a"].state == "acknowledged"
    assert of_nist["CP-9a"].accepted >= 1
    assert any(one.state == "satisfied" for one in of_nist.values())


def test_an_open_finding_opens_the_rule(typical: Path, tmp_path: Path) -> None:
    copy = changed(typical, tmp_path, "foundation", lambda resources: None)
    file = copy / "validation-report.json"
    report = json.loads(file.read_text("utf-8"))
    for plugin in report["pluginReports"]:
        plugin["violations"], plugin["suppressedViolations"] = (
            plugin.get("suppressedViolations", []),
            [],
        )
    file.write_text(json.dumps(report), "utf-8")

    opened = {one.rule.id: one for one in evidence(copy, with_reach=False).judged}

    assert opened[REPLICATION].state == "open"
    assert "foundation/Artifacts" in opened[REPLICATION].open


def test_stores_have_key_and_retention(found: Evidence) -> None:
    stores = {one.place: one for one in found.stores}

    assert stores["foundation/Artifacts"].encryption == "key foundation/Key"
    assert stores["foundation/AccessLogs"].encryption == "S3-managed keys"
    assert stores["foundation/AccessLogs"].retention.startswith("deleted after 730 days")
    assert stores["foundation/Artifacts"].deletion == "kept"


def test_what_aws_has_no_control_for_is_listed(found: Evidence) -> None:
    places = [one.places for one in found.exclusions if one.type == "AWS::S3::Bucket"]

    assert places == [("foundation/AccessLogs",)]


def test_personas_reach_what_grants_reach(found: Evidence) -> None:
    reached = {(one.persona, one.may): one.data for one in found.reach}

    assert "prod_curated" in reached["data_scientist", "read"]
    assert "prod_raw" not in reached["data_scientist", "read"]
    assert "prod_raw" in reached["data_engineer", "write"]


def test_a_way_from_the_internet_is_open(typical: Path, tmp_path: Path, found: Evidence) -> None:
    def open_it(resources: Json) -> None:
        resources["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}
        resources["Rule"] = {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"},
        }

    opened = evidence(changed(typical, tmp_path, "network", open_it), with_reach=False)

    assert not [one for one in found.exposure if one.kind == "open"]
    assert [one.places for one in opened.exposure if one.kind == "open"] == [
        ("network/Rule",),
        ("network/Gateway",),
    ]


def test_the_signature_is_of_the_templates_wherever_they_are(
    typical: Path, tmp_path: Path, found: Evidence
) -> None:
    moved = changed(typical, tmp_path / "a", "network", lambda resources: None)

    def drop_one(resources: Json) -> None:
        resources.popitem()

    other = changed(typical, tmp_path / "b", "network", drop_one)

    assert as_csv([evidence(moved)]) == as_csv([found])
    assert evidence(other, with_reach=False).signature.templates != found.signature.templates


def test_all_formats_have_the_same_rows(found: Evidence) -> None:
    rows = sum(len(one.rows) for one in sections(found))
    table = list(csv.DictReader(io.StringIO(as_csv([found]))))

    assert len(table) == rows
    assert {one["commit"] for one in table} == {"c0ffee"}
    for shown in (markdown([found]), page([found])):
        assert found.signature.templates in shown
        for one in sections(found):
            assert html.unescape(one.title) in html.unescape(shown)
    assert page([found]).count("<tr>") == rows + sum(bool(one.rows) for one in sections(found))


def test_the_verb_writes_all_formats(
    typical: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "evidence"

    assert program.run("evidence", "prod", "--app", typical, "--output", folder) == 0
    assert capsys.readouterr().out.split() == [
        str(folder / f"evidence.{suffix}") for suffix in ("md", "html", "csv")
    ]
    assert "## prod" in (folder / "evidence.md").read_text("utf-8")


def test_a_synth_without_checks_is_refused(
    typical: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = changed(typical, tmp_path, "network", lambda resources: None)
    (copy / "validation-report.json").unlink()

    assert program.run("evidence", "prod", "--app", copy) == 1
    error = capsys.readouterr().err
    assert "holds no report of the checks; evidence needs a synth with checks. Fix: " in error


def test_a_review_shows_how_evidence_changes(typical: Path, tmp_path: Path) -> None:
    def weaken(resources: Json) -> None:
        for one in resources.values():
            if one["Type"] == "AWS::S3::Bucket":
                one["Properties"].pop("LifecycleConfiguration", None)
                one["Properties"].pop("LoggingConfiguration", None)

    after = changed(typical, tmp_path, "foundation", weaken)

    found = evidence_changes((typical, stage_of(typical)), (after, stage_of(after)))

    assert (
        "store foundation/Artifacts, retention",
        "until it is deleted; old versions for 90 days",
        "until it is deleted",
    ) in found
    assert any(about == "Who requested which object of a bucket?" for about, _, _ in found)
    assert not evidence_changes((typical, stage_of(typical)), (typical, stage_of(typical)))


def test_each_format_of_a_review_shows_the_changes_of_evidence() -> None:
    change = ("store foundation/Artifacts, retention", "old versions 90 day(s)", "")
    review = EnvironmentReview("prod", "changed", evidence=[change])
    report = Report("main", False, [review])

    assert "store foundation/Artifacts, retention: old versions 90 day(s) → none" in (
        review_markdown(report)
    )
    assert "store foundation/Artifacts, retention: old versions 90 day(s) → none" in (
        review_page(report)
    )
    assert "evidence, store foundation/Artifacts, retention" in text(report)
    assert as_json_value(report)["environments"][0]["evidence"] == [
        dict(zip(("about", "before", "after"), change, strict=True))
    ]


def test_a_record_that_is_missing_names_the_setting_that_adds_it(found: Evidence) -> None:
    [section] = [one for one in sections(found) if one.key == "traceability"]
    rows = {str(row[0]): row[1:] for row in section.rows}

    assert rows["Does access from outside exist that is not intended?"] == (
        "not recorded",
        ("nowhere: add `audit.access_analyzer` to the settings",),
    )
    assert str(rows["Who called which API of AWS?"][0]).startswith("CloudTrail's event history")
    assert rows["What talked to what in the network?"][0] == "flow logs of the VPC"


def test_messages_are_kept_for_days(typical: Path, tmp_path: Path) -> None:
    def shorten(resources: Json) -> None:
        resources["Short"] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {"MessageRetentionPeriod": 1_209_600},
            "Metadata": {"aws:cdk:path": "prod/foundation/Short/Resource"},
        }

    shown = evidence(changed(typical, tmp_path, "foundation", shorten), with_reach=False)

    assert {one.place: one.retention for one in shown.stores}["foundation/Short"] == (
        "deleted after 14 days"
    )


def test_findings_name_outputs_of_other_stacks_briefly(found: Evidence) -> None:
    [section] = [one for one in sections(found) if one.key == "acknowledged"]
    rules = [rule for row in section.rows for rule in str(row[1]).split("', '")]

    assert not [one for one in rules if "Fn::GetStackOutput" in one]
    assert any("<prod-foundation: Artifacts" in one for one in rules)


def test_a_folder_that_does_not_exist_is_named_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.run("evidence", "prod", "--app", tmp_path / "nowhere") == 1
    assert "no report of the checks" not in capsys.readouterr().err
