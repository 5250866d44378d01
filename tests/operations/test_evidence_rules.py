"""The table of rules and controls is what the installed cdk-nag checks."""

import pytest

from operations.evidence.rules import rules
from tests.operations.nag_rules import PACKS, rules_table
from tests.support import ROOT

FILE = ROOT / "operations/evidence/rules.csv"


def test_rules_are_those_of_cdk_nag(pytestconfig: pytest.Config) -> None:
    text = FILE.read_text("utf-8")
    comments = "".join(line for line in text.splitlines(True) if line.startswith("#"))
    if pytestconfig.getoption("--renew-evidence-rules"):
        FILE.write_text(comments + rules_table(), "utf-8")

    assert FILE.read_text("utf-8") == comments + rules_table(), (
        "renew it: pytest -n0 tests/operations/test_evidence_rules.py --renew-evidence-rules"
    )


def test_each_rule_has_a_pack_a_control_and_types() -> None:
    found = rules()

    assert {one.pack for one in found} == set(PACKS)
    assert len({one.id for one in found}) == len(found)
    assert all(one.controls and one.types and one.title for one in found)


def test_a_control_of_a_standard_has_several_rules() -> None:
    [replication] = [
        one for one in rules() if one.id == "HIPAA.Security-S3BucketReplicationEnabled"
    ]

    assert replication.controls == (
        "164.308(a)(7)(i)",
        "164.308(a)(7)(ii)(A)",
        "164.308(a)(7)(ii)(B)",
    )
    assert replication.types == {"AWS::S3::Bucket"}
    assert replication.title == "The S3 Bucket does not have replication enabled"
