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
