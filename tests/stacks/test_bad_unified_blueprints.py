"""Blueprints of the team with one fault each: settings, and templates."""

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent

import pytest

from stacks.loading import load_environments
from stacks.unified_studio import custom_blueprint_settings
from tests.bad_settings import BASE, Bad, check, faults, write

CENTER = """\
identity_center:
  instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
  region: eu-west-1
"""
FEATURES = """\
feature_group:
  features: [{name: customer, type: string}, {name: at, type: string}]
  record_identifier: customer
  event_time: at
"""
RIGHT = """\
Parameters:
  datazoneEnvironmentEnvironmentId: {Type: String}
  days: {Type: Number, Default: 3, MinValue: 1, MaxValue: 30}
  size: {Type: String, Default: s, AllowedValues: [s, m]}
  word: {Type: String, AllowedPattern: "[a-z]+", MaxLength: 5, Default: abc}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub "t-${datazoneEnvironmentEnvironmentId}-${AWS::Region}-${!literal}"
      DisplayName: !GetAtt Topic.TopicName
Outputs:
  Topic:
    Value: !Ref Topic
    Export: {Name: !Sub "topic-${datazoneEnvironmentEnvironmentId}"}
"""


def bad(
    id: str,
    lines: str,
    *,
    path: str,
    got: str | None,
    right: str,
    host: str = CENTER,
    more: str = "",
    kind: str = FEATURES,
    key: str = "own:",
) -> Bad:
    """Add one blueprint of the team."""
    block = indent(dedent(lines).strip() + "\n" + kind, "      ")
    text = (
        f"{BASE}unified_studio:\n  custom_blueprints:\n    {key}\n{block}{more}"
        f"  host:\n{indent(host, '    ')}"
    )
    return Bad(id, text, f"unified_studio.custom_blueprints{path}", got, right)


CASES = [
    bad(
        "neither offer nor template",
        "name: Own",
        kind="",
        key="own: # HERE",
        path=".own",
        got="{",
        right="must have one of feature_group, mlflow_app, template; has none",
    ),
    bad(
        "name of a blueprint of AWS",
        "name: DataLake # HERE",
        path=".own.name",
        got='"DataLake"',
        right="must not be the name of a blueprint of AWS",
    ),
    bad(
        "parameters of an offer",
        "name: Own\nparameters: {days: {default: x}} # HERE",
        path=".own.parameters",
        got='["days"]',
        right="must be only with template: feature_group brings its own",
    ),
    bad(
        "unit that does not exist",
        "name: Own\nunits: [sales] # HERE",
        path=".own.units[0]",
        got='"sales"',
        right="must be the path of a unit",
    ),
    bad(
        "offer in a domain with IAM roles",
        "name: Own",
        kind=FEATURES.replace("feature_group:", "feature_group: # HERE"),
        host="owners: [administrator]\n",
        path=".own.feature_group",
        got=None,
        right="must be in a domain with sign-in by IAM Identity Center",
    ),
    bad(
        "another offer in a domain with IAM roles",
        "name: Own",
        kind="mlflow_app: {} # HERE\n",
        host="owners: [administrator]\n",
        path=".own.mlflow_app",
        got=None,
        right="must be in a domain with sign-in by IAM Identity Center",
    ),
    bad(
        "identifier that is no feature",
        "name: Own",
        kind=FEATURES.replace("identifier: customer", "identifier: custoner # HERE"),
        path=".own.feature_group.record_identifier",
        got='"custoner"',
        right="must be one of the features; did you mean customer?",
    ),
    bad(
        "two of one name",
        "name: Own",
        more="    other:\n      name: Own # HERE\n" + indent(FEATURES, "      "),
        path=".other.name",
        got='"Own"',
        right="must be another name than that of own",
    ),
    bad(
        "template outside of the project",
        "name: Own\ntemplate: ../elsewhere.yaml # HERE",
        kind="",
        path=".own.template",
        got='"../elsewhere.yaml"',
        right="must be the path of a template",
    ),
    bad(
        "template without policies",
        "name: Own\ntemplate: own.yaml",
        kind="managed_policies: [] # HERE\n",
        path=".own.managed_policies",
        got="[]",
        right="must have at least 1",
    ),
]


@dataclass(frozen=True)
class Template:
    """A template with one fault."""

    id: str
    old: str
    new: str
    right: str
    line: int | None = None
    parameters: str = "{}"
    at: str = "template"
    also: dict[str, str] = field(default_factory=dict)


TEMPLATES = [
    Template("no YAML", "Parameters:", "Parameters: [", "must be valid YAML or JSON", 3),
    Template("key twice", "  days:", "  size: {}\n  days:", "must have the key size once", 5),
    Template(
        "section",
        "Outputs:",
        "Output:",
        "template; did you mean Outputs?",
        12,
    ),
    Template("no resources", "Resources:", "Metadata:", "Resources: must have a resource"),
    Template("no type", "Type: AWS::SNS::Topic", "Kind: x", "Topic: must have a Type", 7),
    Template(
        "bootstrap", "  days:", "  BootstrapVersion:", "belongs to a deployment by the CDK", 3
    ),
    Template(
        "asset", "Topic.TopicName", "Topic.X\n      A: cdk-hnb659fds-assets-1-eu", "bucket with", 12
    ),
    Template("name", "  days:", "  da-ys:", "must have a name of letters and digits", 3),
    Template("no parameter type", "{Type: Number, ", "{Kind: a, ", "days: must have a Type", 3),
    Template(
        "reserved of another type",
        "EnvironmentId: {Type: String}",
        "EnvironmentId: {Type: Number}",
        "must be String: Amazon DataZone fills it",
        2,
    ),
    Template(
        "misspelled reserved",
        "datazoneEnvironmentEnvironmentId: {Type",
        "datazoneEnvironmentEnvironmentID: {Type",
        "did you mean datazoneEnvironmentEnvironmentId",
        2,
    ),
    Template("no default", "Default: 3, ", "", "days: must have a Default, or be in param", 3),
    Template("default of template", "Default: 3", "Default: 31", "must be at most 30", 3),
    Template("unknown ref", "!Ref Topic", "!Ref Topik", "refers to Topik; did you mean Topic?", 14),
    Template("unknown attribute", "GetAtt Topic.", "GetAtt Topi.", "refers to Topi", 11),
    Template("unknown in text", "-${AWS::Region}", "-${missing}", "refers to missing", 10),
    Template(
        "export of all",
        'topic-${datazoneEnvironmentEnvironmentId}"',
        'topic"',
        "the name of an export is unique in an account",
        15,
    ),
    Template(
        "policy of a project",
        'topic-${datazoneEnvironmentEnvironmentId}"',
        'datazone-managed-policy-x-${AWS::StackName}"',
        "so that Amazon DataZone attaches the policy",
        15,
    ),
    Template(
        "unknown parameter",
        "Outputs:",
        "Outputs:",
        "must be a parameter of the template, one of days, size, word; did you mean days?",
        parameters='{day: {default: "3"}}',
        at="parameters.day",
    ),
    Template(
        "reserved parameter",
        "Outputs:",
        "Outputs:",
        "must not be given: Amazon DataZone fills it",
        parameters="{datazoneEnvironmentEnvironmentId: {default: a}}",
        at="parameters.datazoneEnvironmentEnvironmentId",
    ),
    Template(
        "parameter without a value",
        "Default: 3, ",
        "",
        "must have a default, here or in the template",
        parameters="{days: {editable: true}}",
        at="parameters.days",
    ),
    Template(
        "value of a list",
        "Outputs:",
        "Outputs:",
        "fits the template: must be one of s, m",
        parameters="{size: {default: l}}",
        at="parameters.size",
    ),
    Template(
        "value that does not match",
        "Outputs:",
        "Outputs:",
        "fits the template: must match [a-z]+",
        parameters="{word: {default: A}}",
        at="parameters.word",
    ),
    Template(
        "value that is too long",
        "Outputs:",
        "Outputs:",
        "fits the template: must have at most 5 characters",
        parameters="{word: {default: abcdef}}",
        at="parameters.word",
    ),
    Template(
        "value that is no number",
        "Outputs:",
        "Outputs:",
        "fits the template: must be a number",
        parameters="{days: {default: many}}",
        at="parameters.days",
    ),
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(custom_blueprint_settings, "PROJECT", tmp_path)
    return tmp_path


def settings_of(parameters: str = "{}", parts: str = "") -> str:
    return (
        f"{BASE}unified_studio:\n  custom_blueprints:\n    own:\n      name: Own\n"
        f"      template: own.yaml\n      parameters: {parameters}\n"
        f"      managed_policies: [team/own]\n  host:\n{indent(CENTER, '    ')}{parts}"
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_one_fault_is_told_in_one_line(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.parametrize("case", TEMPLATES, ids=lambda case: case.id)
def test_fault_of_a_template_is_told_with_its_line(case: Template, project: Path) -> None:
    assert case.old in RIGHT
    (project / "own.yaml").write_text(RIGHT.replace(case.old, case.new), "utf-8")
    [message] = faults(write(project, settings_of(case.parameters)))
    assert f": unified_studio.custom_blueprints.own.{case.at}: " in message
    assert case.right in message
    if case.line is not None:
        assert f"own.yaml:{case.line}" in message


def test_template_that_is_not_there_is_refused(project: Path) -> None:
    [message] = faults(write(project, settings_of()))
    assert 'own.template: got "own.yaml"; must be a file of this project' in message


PARTS = """\
    profiles:
      own:
        name: Own
        preset: sql_analytics
        parts:
          own:
            blueprint: own
"""


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ('fixed: {day: "3"}', "must be a parameter of custom_blueprints.own: days"),
        ('editable: {days: "3"}', "must be an editable parameter of custom_blueprints.own: there"),
    ],
)
def test_parts_have_parameters_of_the_blueprint(lines: str, right: str, project: Path) -> None:
    (project / "own.yaml").write_text(RIGHT, "utf-8")
    parts = f"{PARTS}            {lines}\n"
    [message] = faults(write(project, settings_of('{days: {default: "3"}}', parts)))
    assert ".host.profiles.own.parts.own." in message
    assert right in message


def test_right_template_is_taken_and_profiles_can_use_it(project: Path) -> None:
    (project / "own.yaml").write_text(RIGHT, "utf-8")
    parts = f'{PARTS}            editable: {{days: "5"}}\n'
    load_environments(files=[write(project, settings_of("{days: {editable: true}}", parts))])
