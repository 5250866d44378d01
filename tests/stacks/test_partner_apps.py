"""Partner AI Apps in a settings file: what they make, and what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, added, check, faults, write
from tests.support import stack, synthesized


def one(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add an application; the lines replace its defaults or come after them."""
    extra = lines.splitlines()
    given = {line.split(":")[0] for line in extra}
    defaults = {"type": "lakera-guard", "tier": "small"}
    body = [f"{key}: {value}" for key, value in defaults.items() if key not in given] + extra
    text = f"{BASE}partner_apps:\n  -\n" + "".join(f"    {line}\n" for line in body)
    return Bad(id, text, f"partner_apps[0].{path}", got, right)


CASES = [
    one(
        "no such type",
        "type: deepchecks # HERE",
        path="type",
        got='"deepchecks"',
        right="must be one of comet, deepchecks-llm-evaluation, fiddler, lakera-guard",
    ),
    one("empty tier", 'tier: " " # HERE', path="tier", got='" "', right="must not be empty"),
    one("tier that is a number", "tier: 1 # HERE", path="tier", got="1", right="must be a string"),
    one(
        "name with upper case",
        "name: Vision # HERE",
        path="name",
        got='"Vision"',
        right="must start with a lower-case letter",
    ),
    one(
        "no administrator of Comet",
        "type: comet # HERE",
        path="type",
        got='"comet"',
        right="must name a user, because Comet requires an administrator",
    ),
    one(
        "no administrator of Fiddler",
        "type: fiddler\nadmin_users: [] # HERE",
        path="admin_users",
        got="[]",
        right="must name a user, because Fiddler requires an administrator",
    ),
    one(
        "administrator twice",
        "admin_users: [alice, bob, alice] # HERE",
        path="admin_users",
        got='["alice", "bob", "alice"]',
        right="must name each user once",
    ),
    one(
        "too many administrators",
        "admin_users: [a, b, c, d, e, f] # HERE",
        path="admin_users",
        got='["a", "b", "c", "d", "e", "f"]',
        right="must have at most 5 entries",
    ),
    one(
        "administrator without a name",
        'admin_users: [""] # HERE',
        path="admin_users[0]",
        got='""',
        right="must not be empty",
    ),
    one(
        "too many arguments",
        "arguments: {a: x, b: x, c: x, d: x, e: x, f: x} # HERE",
        path="arguments",
        got='{"a"',
        right="must have at most 5 entries",
    ),
    one(
        "argument that is a number",
        "arguments:\n  seats: 10 # HERE",
        path="arguments.seats",
        got="10",
        right="must be a string",
    ),
    one(
        "window without a day",
        'maintenance_window_start: "3:00" # HERE',
        path="maintenance_window_start",
        got='"3:00"',
        right="must be a weekday and a time in UTC",
    ),
    one(
        "version next to upgrades",
        'app_version: "1.4" # HERE',
        path="app_version",
        got='"1.4"',
        right=(
            "requires auto_minor_version_upgrade: false, because maintenance would otherwise "
            "upgrade it"
        ),
    ),
    one(
        "version with a patch",
        'auto_minor_version_upgrade: false\napp_version: "1.4.2" # HERE',
        path="app_version",
        got='"1.4.2"',
        right="must be a major and a minor version in quotes",
    ),
    one(
        "version without quotes",
        "auto_minor_version_upgrade: false\napp_version: 1.4 # HERE",
        path="app_version",
        got="1.4",
        right="must be a string. Put it in quotes",
    ),
    one(
        "models for another than Deepchecks",
        "bedrock_models: [amazon.nova-lite-v1:0] # HERE",
        path="bedrock_models",
        got='["amazon.nova-lite-v1:0"]',
        right="applies only to type deepchecks-llm-evaluation. Remove the line",
    ),
    one(
        "model by its ARN",
        "type: deepchecks-llm-evaluation\n"
        "bedrock_models: [arn:aws:bedrock:eu-west-1::foundation-model/a.b] # HERE",
        path="bedrock_models[0]",
        got='"arn:aws:bedrock',
        right="must be the id of a model or inference profile of Bedrock",
    ),
    one(
        "access that does not exist",
        "artifact_access: write # HERE",
        path="artifact_access",
        got='"write"',
        right="must be one of none, read, read-write",
    ),
    added(
        "same type twice",
        """
        partner_apps:
          - {type: lakera-guard, tier: small}
          - {type: lakera-guard, tier: large} # HERE
        """,
        path="partner_apps[1].type",
        got='"lakera-guard"',
        right="must be unique: an earlier application has the same type and name",
    ),
    added(
        "same name twice, whatever the hyphens",
        """
        partner_apps:
          - {type: lakera-guard, tier: small, name: my-app}
          - {type: lakera-guard, tier: large, name: myapp} # HERE
        """,
        path="partner_apps[1].name",
        got='"myapp"',
        right="must be unique: an earlier application has the same type and name",
    ),
    added(
        "block instead of a list",
        "partner_apps: {type: comet} # HERE\n",
        path="partner_apps",
        got='{"type": "comet"}',
        right="must be a list",
    ),
    added(
        "activity without applications",
        """
        personas:
          analyst:
            activities: [use_partner_apps] # HERE
        """,
        path="personas.analyst.activities[0]",
        got='"use_partner_apps"',
        right="requires a `partner_apps` block; add one to this environment",
    ),
    Bad(
        "no apps in the region",
        BASE.replace("eu-west-1", "eu-south-1")
        + "partner_apps: # HERE\n  - {type: lakera-guard, tier: small}\n",
        "partner_apps",
        None,
        (
            "requires Partner AI Apps, which CloudFormation does not support in eu-south-1 "
            "according to this project's lists: remove it, or use another region"
        ),
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_same_application_of_two_environments(tmp_path: Path) -> None:
    """Names of applications have no hyphens: ml + eu-x, ml-eu + x."""
    block = "partner_apps:\n  - type: lakera-guard\n    tier: small\n    name: "
    one = BASE.replace("base", "ml") + block + "eu-x\n"
    two = BASE.replace("base", "ml-eu").replace("10.0.", "10.1.") + block + "x\n"
    files = write(tmp_path, one, "ml"), write(tmp_path, two, "ml-eu")

    assert faults(*files) == [
        f'{files[1]}:13: partner_apps[0].name: got "x"; must be unique: {files[0]} also '
        f"creates the application MlEuXLakeraGuard in the same account and region"
    ]


def assembly(folder: Path, block: str) -> Path:
    return synthesized(folder / "out", write(folder, BASE + block))


def notes(assembly: Path) -> list[str]:
    """Return what the CLI tells of the stacks, apart from findings."""
    return [
        entry["data"]
        for file in assembly.glob("assembly-*/*.metadata.json")
        for entries in json.loads(file.read_text("utf-8")).values()
        for entry in entries
        if entry["type"] == "aws:cdk:info"
    ]


TWO = """
partner_apps:
  - {{type: comet, tier: small, admin_users: [alice], subscribed: {subscribed}}}
  - {{type: lakera-guard, tier: small, name: chat, subscribed: true}}
"""


def test_what_has_to_be_done_first_is_said_until_it_is_done(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    [note] = notes(assembly(tmp_path / "before", TWO.format(subscribed="false")))
    assert "a subscription in AWS Marketplace to comet," in note
    assert "create-service-linked-role --aws-service-name license-manager.amazonaws.com" in note
    assert notes(assembly(tmp_path, TWO.format(subscribed="true"))) == []


def test_names_carry_what_cannot_change(tmp_path: Path) -> None:
    """CloudFormation makes an application of another type before it deletes the old one."""
    found = assembly(tmp_path, TWO.format(subscribed="true"))
    apps: list[dict[str, Any]] = stack(found, "base/partner-apps").of_type(
        "AWS::SageMaker::PartnerApp"
    )
    assert {app["Name"] for app in apps} == {"BaseComet", "BaseChatLakeraGuard"}
    for app in apps:
        assert {"Key": "environment", "Value": "base"} in app["Tags"]
    endpoints = stack(found, "base/network").of_type("AWS::EC2::VPCEndpoint")
    interfaces = {e["ServiceName"] for e in endpoints if e["VpcEndpointType"] == "Interface"}
    assert "aws.sagemaker.eu-west-1.partner-app" in interfaces


def test_personas_use_the_applications_and_are_known_to_them(tmp_path: Path) -> None:
    """SageMaker hands on who they are as a session tag."""
    personas = "personas: {data_scientist: {}, data_engineer: {}}\n"
    access = stack(assembly(tmp_path, TWO.format(subscribed="true") + personas), "base/access")
    [use] = [
        statement
        for policy in access.of_type("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "sagemaker:CallPartnerAppApi" in statement["Action"]
    ]
    assert use["Condition"] == {"StringEquals": {"aws:ResourceTag/environment": "base"}}
    tags_sessions = {
        role["Description"]: "sts:TagSession" in json.dumps(role["AssumeRolePolicyDocument"])
        for role in access.of_type("AWS::IAM::Role")
    }
    assert tags_sessions == {
        "People with the persona DataScientist": True,
        "People with the persona DataEngineer": False,
    }


def test_personas_do_nothing_with_applications_that_are_not_there(tmp_path: Path) -> None:
    [environment] = load_environments(
        files=[write(tmp_path, BASE + "personas: {data_scientist: {}}\n")]
    )
    activities = environment.all_personas["data_scientist"].activities or ()
    assert "use_partner_apps" not in activities
    assert "track_experiments" in activities
