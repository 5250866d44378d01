"""Settings of audit that do not fit, and what they come to."""

from pathlib import Path

import pytest

from stacks.audit.settings import AuditSettings
from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, added, check, faults, write
from tests.support import block_of

TRAIL = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/organization"
BAD = [
    added(
        "unknown_regime",
        """\
        audit:
          regimes: [hippa] # HERE
        """,
        path="audit.regimes[0]",
        got='"hippa"',
        right="hipaa",
    ),
    added(
        "regime_twice",
        """\
        audit:
          regimes:
            - sox
            - sox # HERE
        """,
        path="audit.regimes[1]",
        got='"sox"',
        right="must not name a regime twice",
    ),
    added(
        "shorter_than_a_regime",
        """\
        audit:
          regimes: [pci_dss, hipaa]
          retention_days: 400 # HERE
        """,
        path="audit.retention_days",
        got="400",
        right="must be at least 2192 for hipaa",
    ),
    added(
        "unknown_service",
        """\
        audit:
          trail:
            data_events: [sagemaker, dynamodb] # HERE
        """,
        path="audit.trail.data_events[1]",
        got='"dynamodb"',
        right="must be one of bedrock, lake_formation, s3, sagemaker",
    ),
    added(
        "trail_of_nothing",
        """\
        audit:
          trail:
            data_events: []
            management_events: false # HERE
        """,
        path="audit.trail.management_events",
        got="false",
        right="must be true without data_events: a trail must record something",
    ),
    added(
        "trail_and_organization_trail",
        f"""\
        audit:
          organization_trail: {TRAIL}
          trail: # HERE
            lock: compliance
        """,
        path="audit.trail",
        got="",
        right="has no effect with organization_trail, whose owner decides",
    ),
    added(
        "retention_of_the_organization",
        f"""\
        audit:
          organization_trail: {TRAIL}
          retention_days: 365 # HERE
        """,
        path="audit.retention_days",
        got="365",
        right="has no effect with organization_trail",
    ),
    added(
        "name_of_a_trail",
        """\
        audit:
          organization_trail: organization # HERE
        """,
        path="audit.organization_trail",
        got='"organization"',
        right="must be the ARN of a trail",
    ),
    Bad(
        "readers_without_a_trail",
        BASE + "personas:\n  auditor:\n    activities: [read_trail] # HERE\n",
        "personas.auditor.activities[0]",
        '"read_trail"',
        "requires `audit` without `organization_trail`",
    ),
    Bad(
        "readers_of_a_trail_of_the_organization",
        BASE
        + "personas:\n  auditor:\n    activities: [read_trail] # HERE\n"
        + f"audit: {{organization_trail: '{TRAIL}'}}\n",
        "personas.auditor.activities[0]",
        '"read_trail"',
        "requires `audit` without `organization_trail`",
    ),
    Bad(
        "region_without_macie",
        BASE.replace("eu-west-1", "eu-central-2") + "audit: {macie: exists} # HERE\n",
        "audit.macie",
        None,
        "requires Amazon Macie, which CloudFormation does not support in eu-central-2",
    ),
    added(
        "nothing_to_create",
        f"""\
        audit:
          organization_trail: {TRAIL}
          access_analyzer: none # HERE
        """,
        path="audit.access_analyzer",
        got='"none"',
        right="creates nothing with organization_trail, without an analyzer and without macie",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_is_refused_in_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


@pytest.mark.parametrize(
    ("block", "days"),
    [
        ("{}", 365),
        ("{regimes: [pci_dss]}", 366),
        ("{regimes: [hipaa, sox, pci_dss]}", 2557),
        ("{regimes: [hipaa], retention_days: 3000}", 3000),
        ("{retention_days: 90}", 90),
    ],
)
def test_the_strictest_regime_decides(block: str, days: int, tmp_path: Path) -> None:
    [environment] = load_environments(files=[write(tmp_path, f"{BASE}audit: {block}\n")])
    settings: AuditSettings = block_of(environment, "audit")

    assert settings.kept_days == days


def test_an_account_has_one_analyzer_in_a_region(tmp_path: Path) -> None:
    first = f"{BASE}audit: {{}}\n"
    second = first.replace("name: base", "name: other").replace("10.0.0.0", "10.1.0.0")
    files = [write(tmp_path, first), write(tmp_path, second, "other")]

    [message] = faults(*files)

    assert "analyzer of external access" in message
    assert "Set access_analyzer: exists in one of them" in message
    exists = second.replace("audit: {}", "audit: {access_analyzer: exists}")
    assert load_environments(files=[files[0], write(tmp_path, exists, "other")])


def test_an_account_has_one_session_of_macie_in_a_region(tmp_path: Path) -> None:
    first = f"{BASE}audit: {{access_analyzer: none, macie: create}}\n"
    second = first.replace("name: base", "name: other").replace("10.0.0.0", "10.1.0.0")
    files = [write(tmp_path, first), write(tmp_path, second, "other")]

    [message] = faults(*files)

    assert "session of Amazon Macie" in message
    assert "Set macie: exists in one of them" in message
    exists = second.replace("macie: create", "macie: exists")
    assert load_environments(files=[files[0], write(tmp_path, exists, "other")])


@pytest.mark.parametrize("block", ["{}", "{access_analyzer: none, macie: exists}"])
def test_production_needs_an_address_for_findings(block: str, tmp_path: Path) -> None:
    text = BASE.replace("stage: development", "stage: production")

    [message] = faults(write(tmp_path, f"{text}audit: {block}\n"))

    assert "alarm_emails" in message
    assert load_environments(files=[write(tmp_path, f"{text}audit: {{access_analyzer: none}}\n")])
