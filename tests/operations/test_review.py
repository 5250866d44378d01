"""The review of a change: small changes, and the verdict that each must give."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from operations.review.markdown import markdown
from operations.review.model import EnvironmentReview, Report
from operations.review.report import as_json_value, text
from operations.review.review import review
from tests.support import FIXTURES, synthesized

SAFE, LOOK, DANGEROUS = "safe", "look at these", "dangerous"
PROD = (FIXTURES / "prod.yaml").read_text("utf-8")
KEY = "arn:aws:kms:eu-west-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(tmp_path_factory.mktemp("base"), PROD)


def synthesize(folder: Path, text: str) -> Path:
    file = folder / "prod.yaml"
    file.write_text(text, "utf-8")
    return synthesized(folder / "cdk.out", file)


def told(found: EnvironmentReview) -> str:
    return "\n".join(f"{one.title}: {one.where}: {one.why}" for one in found.findings)


def edited(old: str, new: str) -> str:
    assert PROD.count(old) >= 1
    return PROD.replace(old, new, 1)


# Edits of settings: the verdict, and what a reviewer must be told.
SETTINGS: Mapping[str, tuple[str, str, str]] = {
    "comment": (edited("lakehouse:\n", "lakehouse: # the data\n"), SAFE, ""),
    "idle apps": (edited("default_minutes: 120", "default_minutes: 240"), SAFE, ""),
    "scan limit": (edited("scan_limit_gib: 1000", "scan_limit_gib: 2000"), SAFE, ""),
    "more instances": (edited("max_instances: 10", "max_instances: 20"), SAFE, ""),
    "range of the VPC": (
        re.sub(r"cidr: \S+", "cidr: 10.99.0.0/16", PROD, count=1),
        DANGEROUS,
        "AWS::EC2::VPC: replace",
    ),
    "image": (edited("churn:1.4.0", "churn:1.5.0"), LOOK, "An endpoint is updated in place"),
    "instance type": (edited("ml.c7i.xlarge", "ml.c7i.2xlarge"), LOOK, "An endpoint is updated"),
    "a weaker alarm": (
        edited("latency_ms: 250", "latency_ms: 2500"),
        LOOK,
        "An alarm changes",
    ),
    "domain number": (
        edited("studio:\n", "studio:\n  domain_number: 2\n"),
        DANGEROUS,
        "AWS::SageMaker::Domain is replaced",
    ),
    "a layer less": (
        edited("    - name: curated\n      tags: {sensitivity: internal}\n", "").replace(
            "[raw, curated, analytics]", "[raw, analytics]"
        ),
        LOOK,
        "AWS::S3::Bucket stays in the account without a stack",
    ),
    "persona of a user": (
        edited("    - name: alice\n", "    - name: alice\n      persona: data_engineer\n"),
        LOOK,
        "works with",
    ),
    "a grant more": (
        edited(
            "tags: {sensitivity: [public, internal]}",
            "tags: {sensitivity: [public, internal, confidential]}",
        ),
        LOOK,
        "Lake Formation: role access/DataScientist",
    ),
    "your own key": (
        edited("  access_log_days: 730\n", f"  access_log_days: 730\n  key_arn: {KEY}\n"),
        DANGEROUS,
        "AWS::SageMaker::Domain is replaced",
    ),
    "a layer renamed": (
        PROD.replace("name: curated", "name: silver").replace("[raw, curated,", "[raw, silver,"),
        LOOK,
        "AWS::S3::Bucket stays in the account without a stack: lakehouse/CuratedLayer",
    ),
    "an endpoint renamed": (edited("- name: churn", "- name: leavers"), LOOK, "Endpoint: delete"),
    "a user renamed": (
        edited("- name: alice", "- name: alicia"),
        LOOK,
        "AWS::SageMaker::UserProfile stays in the account without a stack: studio/User-alice",
    ),
    "an alarm of the usual latency": (
        edited("      alarms:\n        latency_ms: 250\n", ""),
        LOOK,
        "An alarm changes: inference/Endpoint-churn",
    ),
    "a subscription less": (
        edited("[ml-platform@example.com, on-call@example.com]", "[ml-platform@example.com]"),
        LOOK,
        "A subscription is gone",
    ),
    "a capability more": (f"{PROD}mlflow: {{}}\n", LOOK, "A new role: role mlflow/"),
    "a capability less": (
        PROD[: PROD.index("inference:\n")],
        LOOK,
        "A stack stays deployed, and nothing updates it: prod/inference",
    ),
    "data deleted with its stack": (
        edited("removal_policy: retain", "removal_policy: destroy"),
        LOOK,
        "DeletionPolicy changes",
    ),
    "fewer zones": (
        edited("[eu-west-1a, eu-west-1b, eu-west-1c]", "[eu-west-1a, eu-west-1b]"),
        DANGEROUS,
        "It goes before its users are updated: network/Network/PrivateSubnet3",
    ),
    "access to the internet": (
        edited("nat_gateways: none", "nat_gateways: one"),
        LOOK,
        "The VPC is connected with the internet",
    ),
    "another account": (
        PROD.replace("333333333333", "444444444444"),
        DANGEROUS,
        "An environment is created again elsewhere: environment prod",
    ),
    "a tag of data": (
        edited("tags: {sensitivity: confidential}", "tags: {sensitivity: public}"),
        LOOK,
        "LF-tags of data change",
    ),
    "logs kept for less": (
        PROD.replace("log_retention_days: 365", "log_retention_days: 30")
        if "log_retention_days: 365" in PROD
        else edited("stage: production\n", "stage: production\nlog_retention_days: 30\n"),
        LOOK,
        "Logs are kept for a shorter time",
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings(case: str, base: Path, tmp_path: Path) -> None:
    text, verdict, phrase = SETTINGS[case]

    [found] = review(base, synthesize(tmp_path, text))

    assert (found.verdict, phrase in told(found)) == (verdict, True), told(found)


Template = dict[str, Any]


def managed_policy(template: Template) -> list[dict[str, Any]]:
    """Return the statements of the policy for jobs."""
    [found] = [
        one
        for name, one in template["Resources"].items()
        if name.startswith("RunJobsPolicy") and one["Type"] == "AWS::IAM::ManagedPolicy"
    ]
    statements: list[dict[str, Any]] = found["Properties"]["PolicyDocument"]["Statement"]
    return statements


def role(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Role"
    )
    return found


def of_type(template: Template, kind: str) -> Iterator[dict[str, Any]]:
    return (one for one in template["Resources"].values() if one["Type"] == kind)


def add_wildcard(template: Template) -> None:
    managed_policy(template).append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})


def add_action(template: Template) -> None:
    managed_policy(template).append(
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    )


def add_iam(template: Template) -> None:
    managed_policy(template).append(
        {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}
    )


def split_statement(template: Template) -> None:
    """Write the same permissions in two statements, in the policy that has most room."""
    policies = of_type(template, "AWS::IAM::ManagedPolicy")
    documents = [one["Properties"]["PolicyDocument"] for one in policies]
    statements = min(
        (one["Statement"] for one in documents if len(one["Statement"]) > 1),
        key=lambda one: len(str(one)),
    )
    one = next(s for s in statements if isinstance(s["Action"], list) and len(s["Action"]) > 1)
    actions = one["Action"]
    one["Action"] = actions[:1]
    statements.append({**one, "Action": actions[1:]})


def drop_condition(template: Template) -> None:
    next(one for one in managed_policy(template) if "Condition" in one).pop("Condition")


def widen_condition(template: Template) -> None:
    for one in managed_policy(template):
        for keys in one.get("Condition", {}).values():
            for key, value in keys.items():
                if "VpcSubnets" in key:
                    keys[key] = [*value, "subnet-0a1b2c3d4e5f67890"]


def remove_action(template: Template) -> None:
    statements = managed_policy(template)
    statements.remove(next(one for one in statements if "logs:GetLogEvents" in one["Action"]))


def use_not_action(template: Template) -> None:
    managed_policy(template).append(
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::one/*"}
    )


def drop_denial(template: Template) -> None:
    statements = managed_policy(template)
    statements.remove(next(one for one in statements if one["Effect"] == "Deny"))


def trust_an_account(template: Template) -> None:
    role(template)["Properties"]["AssumeRolePolicyDocument"]["Statement"].append(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
        }
    )


def trust_everybody(template: Template) -> None:
    role(template)["Properties"]["AssumeRolePolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}
    )


def order_only(template: Template) -> None:
    names = list(template["Resources"])
    template["Resources"][names[-1]]["DependsOn"] = [names[0]]


def open_ingress(template: Template) -> None:
    group = next(of_type(template, "AWS::EC2::SecurityGroup"))
    rule = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    group["Properties"].setdefault("SecurityGroupIngress", []).append(rule)


def remove_encryption(template: Template) -> None:
    del next(of_type(template, "AWS::S3::Bucket"))["Properties"]["BucketEncryption"]


def unblock_public_access(template: Template) -> None:
    del next(of_type(template, "AWS::S3::Bucket"))["Properties"]["PublicAccessBlockConfiguration"]


def stop_rotation(template: Template) -> None:
    next(of_type(template, "AWS::KMS::Key"))["Properties"]["EnableKeyRotation"] = False


def delete_with_stack(template: Template) -> None:
    next(of_type(template, "AWS::S3::Bucket"))["DeletionPolicy"] = "Delete"


def rename_database(template: Template) -> None:
    database = next(of_type(template, "AWS::Glue::Database"))
    database["Properties"]["DatabaseInput"]["Name"] = "another"
    database["Properties"].pop("DatabaseName", None)


def open_bucket(template: Template) -> None:
    policy = next(of_type(template, "AWS::S3::BucketPolicy"))
    policy["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*", "Resource": "*"}
    )


def remove_alarm(template: Template) -> None:
    resources = template["Resources"]
    name = next(name for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm")
    del resources[name]
    text = json.dumps(template)
    text = text.replace(json.dumps({"Ref": name}), '"an alarm"')
    template.update(json.loads(text.replace(json.dumps({"Fn::GetAtt": [name, "Arn"]}), '"arn"')))


def allow_all_but_a_resource(template: Template) -> None:
    managed_policy(template).append(
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::one/*"}
    )


def narrow_a_denial(template: Template) -> None:
    denial = next(one for one in managed_policy(template) if one["Effect"] == "Deny")
    denial.setdefault("Condition", {})["StringEquals"] = {"aws:PrincipalTag/team": "one"}


def widen_a_denial(template: Template) -> None:
    managed_policy(template).append({"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"})


def add_a_role(template: Template) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"PolicyName": "all", "PolicyDocument": {"Statement": [statement]}}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "x.aws"}}
    template["Resources"]["Admin"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy]},
    }


def bound_by_nothing(template: Template) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    role(template)["Properties"]["PermissionsBoundary"] = boundary


def attach_administrator(template: Template) -> None:
    arns = role(template)["Properties"].setdefault("ManagedPolicyArns", [])
    arns.append("arn:aws:iam::aws:policy/AdministratorAccess")


def share_key(template: Template) -> None:
    policy = next(of_type(template, "AWS::KMS::Key"))["Properties"]["KeyPolicy"]
    statement = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Principal": {"AWS": "999999999999"},
        "Resource": "*",
    }
    policy["Statement"].append(statement)


def share_key_in_the_organization(template: Template) -> None:
    share_key(template)
    statement = next(of_type(template, "AWS::KMS::Key"))["Properties"]["KeyPolicy"]["Statement"][-1]
    statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}


def leave_the_vpc(template: Template) -> None:
    domain = next(of_type(template, "AWS::SageMaker::Domain"))
    domain["Properties"]["AppNetworkAccessType"] = "PublicInternetOnly"


def fill(template: Template, count: int) -> None:
    for number in range(count - len(template["Resources"])):
        parameter = {"Type": "String", "Value": "x", "Name": f"/fill/{number}"}
        template["Resources"][f"Fill{number}"] = {
            "Type": "AWS::SSM::Parameter",
            "Properties": parameter,
        }


def fill_nearly(template: Template) -> None:
    fill(template, 460)


def fill_too_much(template: Template) -> None:
    fill(template, 501)


def upgrade_cdk(template: Template) -> None:
    """A later aws-cdk-lib brings functions with another runtime and other code."""
    for function in of_type(template, "AWS::Lambda::Function"):
        function["Properties"]["Runtime"] = "nodejs26.x"
        function["Properties"]["Code"]["S3Key"] = f"{'0' * 64}.zip"


def set_of_domain(template: Template) -> None:
    domain = next(of_type(template, "AWS::SageMaker::Domain"))
    domain["Properties"]["DefaultUserSettings"]["AutoMountHomeEFS"] = "Disabled"


def rename_ids(template: Template) -> None:
    """Give a bucket another logical id, as a moved construct has."""
    resources = template["Resources"]
    name = next(name for name, one in resources.items() if one["Type"] == "AWS::S3::Bucket")
    text = json.dumps(template).replace(f'"{name}"', f'"{name}Again"')
    template.clear()
    template.update(json.loads(text))


def format_json(template: Template) -> None:
    """Write JSON inside a string with other spaces, as another version of a library does."""
    dashboard = next(of_type(template, "AWS::CloudWatch::Dashboard"))["Properties"]
    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    dashboard["DashboardBody"]["Fn::Join"][1] = [
        one.replace('":{', '": {') if isinstance(one, str) else one for one in parts
    ]


def keep_backups_shorter(template: Template) -> None:
    rules = next(of_type(template, "AWS::S3::Bucket"))["Properties"]["LifecycleConfiguration"]
    rules["Rules"][0]["ExpirationInDays"] = 1


def take_a_name(template: Template) -> None:
    """Create something with the name of what goes only afterwards."""
    resources = template["Resources"]
    name = next(name for name, one in resources.items() if one["Type"] == "AWS::Athena::WorkGroup")
    resources["Another"] = resources.pop(name)
    text = json.dumps(template).replace(f'"{name}"', '"Another"')
    template.clear()
    template.update(json.loads(text))


# Edits of templates: the stack, the verdict, and what a reviewer must be told.
TEMPLATES: Mapping[Callable[[Template], None], tuple[str, str, str]] = {
    add_wildcard: ("access", DANGEROUS, "May do more (everything)"),
    add_action: ("access", LOOK, "May do more (write)"),
    add_iam: ("access", LOOK, "May do more (permissions)"),
    split_statement: ("access", SAFE, ""),
    drop_condition: ("access", LOOK, "May do more"),
    widen_condition: ("access", LOOK, "May do more"),
    remove_action: ("access", LOOK, "May do less"),
    use_not_action: ("access", DANGEROUS, "all but iam:*"),
    drop_denial: ("access", LOOK, "no longer denied"),
    trust_an_account: ("access", DANGEROUS, "arn:aws:iam::999999999999:root"),
    trust_everybody: ("access", DANGEROUS, "trusted by"),
    order_only: ("access", SAFE, ""),
    open_ingress: ("access", DANGEROUS, "The network is open to any address"),
    remove_encryption: ("lakehouse", DANGEROUS, "It loses encryption"),
    unblock_public_access: ("lakehouse", DANGEROUS, "It loses the block of public access"),
    stop_rotation: ("foundation", DANGEROUS, "It loses rotation of the key"),
    delete_with_stack: ("lakehouse", LOOK, "DeletionPolicy changes"),
    rename_database: ("lakehouse", DANGEROUS, "AWS::Glue::Database is replaced"),
    open_bucket: ("lakehouse", DANGEROUS, "policy of"),
    remove_alarm: ("inference", LOOK, "An alarm is gone"),
    allow_all_but_a_resource: ("access", LOOK, "s3:GetObject on all but arn:aws:s3:::one/*"),
    narrow_a_denial: ("access", LOOK, "no longer denied"),
    widen_a_denial: ("access", LOOK, "May do less"),
    add_a_role: ("access", DANGEROUS, "A new role: role Admin"),
    bound_by_nothing: ("access", LOOK, "bounded by"),
    attach_administrator: ("access", DANGEROUS, "May do more (everything)"),
    share_key: ("foundation", DANGEROUS, "kms:Decrypt by arn:aws:iam::999999999999:root"),
    share_key_in_the_organization: ("foundation", LOOK, "if aws:PrincipalOrgID is o-1234567890"),
    leave_the_vpc: ("studio", DANGEROUS, "Apps reach the internet without the VPC"),
    set_of_domain: ("studio", SAFE, ""),
    rename_ids: ("lakehouse", LOOK, "AWS::S3::Bucket stays in the account without a stack"),
    format_json: ("inference", SAFE, ""),
    keep_backups_shorter: ("lakehouse", LOOK, "Data is kept for a shorter time"),
    fill_nearly: ("lakehouse", LOOK, "A limit comes near"),
    fill_too_much: ("lakehouse", DANGEROUS, "A limit is exceeded"),
    upgrade_cdk: ("network", SAFE, ""),
    take_a_name: ("lakehouse", DANGEROUS, "The deployment fails"),
}


@pytest.mark.parametrize("edit", TEMPLATES, ids=lambda edit: edit.__name__)
def test_templates(edit: Callable[[Template], None], base: Path, tmp_path: Path) -> None:
    stack, verdict, phrase = TEMPLATES[edit]
    changed = shutil.copytree(base, tmp_path / "cdk.out")
    [file] = changed.glob(f"**/*prod{stack}*.template.json")
    template = json.loads(file.read_text("utf-8"))
    edit(template)
    file.write_text(json.dumps(template), "utf-8")

    [found] = review(base, changed)

    assert (found.verdict, phrase in told(found)) == (verdict, True), told(found)


def violation(rule: str, path: str, **more: str) -> dict[str, Any]:
    construct = {"constructPath": path, "constructFqn": "x", "libraryVersion": "1"}
    return {
        "ruleName": rule,
        "description": f"{rule} is violated",
        "severity": "error",
        "violatingConstructs": [construct],
        **more,
    }


def write_report(assembly: Path, *, violations: Any = (), suppressed: Any = ()) -> None:
    plugin = {
        "pluginName": "AwsSolutions",
        "conclusion": "failure" if violations else "success",
        "violations": list(violations),
        "suppressedViolations": list(suppressed),
    }
    report = json.dumps({"pluginReports": [plugin]})
    (assembly / "validation-report.json").write_text(report, "utf-8")


def test_accepted_and_open_findings_are_named(base: Path, tmp_path: Path) -> None:
    old = shutil.copytree(base, tmp_path / "old")
    new = shutil.copytree(base, tmp_path / "new")
    kept = violation("IAM5", "prod/access/Policy/Resource", reason="It lists only.")
    gone = violation("S1", "prod/foundation/Logs/Resource", reason="It is the log bucket.")
    added = [
        violation("IAM5", f"prod/access/{name}/Resource", reason="Glue needs it.")
        for name in ("Jobs", "Sessions")
    ]
    write_report(old, suppressed=[kept, gone])
    write_report(new, suppressed=[kept, *added])

    [found] = review(old, new)

    assert found.verdict == LOOK
    assert [(one.reason, one.constructs) for one in found.checks.added] == [
        ("Glue needs it.", ("access/Jobs", "access/Sessions"))
    ]
    assert [one.reason for one in found.checks.removed] == ["It is the log bucket."]
    assert "A finding of a check is accepted" in told(found)

    write_report(new, suppressed=[kept, gone], violations=[violation("KMS5", "prod/foundation/K")])
    [found] = review(old, new)

    assert (found.verdict, "A check fails" in told(found)) == (DANGEROUS, True)


def test_nothing_changes(base: Path) -> None:
    [found] = review(base, base)

    assert found.state == "same"
    assert text(Report("main", False, [found])).endswith("prod: no change")


def test_stack_that_is_skipped_keeps_the_old_network(base: Path, tmp_path: Path) -> None:
    text = re.sub(r"cidr: \S+", "cidr: 10.99.0.0/16", PROD, count=1)

    [found] = review(base, synthesize(tmp_path, text))

    assert "Its stack is not deployed: inference/" in told(found)
    assert "prod/network" in [one.stack for one in found.deployment.steps]


def test_new_and_removed_environments(base: Path, tmp_path: Path) -> None:
    other = tmp_path / "cdk.out"
    file = tmp_path / "dev.yaml"
    file.write_text((FIXTURES / "dev.yaml").read_text("utf-8"), "utf-8")
    synthesized(other, file)

    new, gone = review(base, other)

    assert (new.name, new.state, new.verdict) == ("dev", "new", SAFE)
    assert (gone.name, gone.state) == ("prod", "gone")
    assert "Its stacks stay deployed" in told(gone)


def test_reports_name_the_same_findings(base: Path, tmp_path: Path) -> None:
    found = review(base, synthesize(tmp_path, edited("churn:1.4.0", "churn:1.5.0")))
    report = Report("main", True, found)
    comment, value = markdown(report), as_json_value(report)

    assert comment.startswith("<!-- sagemaker-platform review -->")
    assert "including changes that are not committed" in comment
    for one in found[0].findings:
        assert one.title in comment
        assert one.title in text(report)
        assert one.title in json.dumps(value)
    assert value["verdict"] == LOOK
