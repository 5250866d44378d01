"""The table of who may do what on which data, computed from templates."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly
from operations.permissions import Permission, in_short, permissions, table
from tests.support import ROOT

RIGHTS = "lakehouse-rights"
Json = dict[str, Any]


@pytest.fixture
def found(examples: Path) -> list[Permission]:
    return rights(examples)


def rights(assembly: Path) -> list[Permission]:
    """Return the permissions of the example."""
    return permissions(Assembly.read(assembly).stage(RIGHTS))


def changed(examples: Path, tmp_path: Path, stack: str, change: Callable[[Json], None]) -> Path:
    """Return a copy of the assembly in which the resources of a stack were changed."""
    copy = tmp_path / "assembly"
    shutil.copytree(examples, copy)
    file = Assembly.read(copy).stack(f"{RIGHTS}/{stack}").file
    template = json.loads(file.read_text("utf-8"))
    change(template["Resources"])
    file.write_text(json.dumps(template), "utf-8")
    return copy


def test_documentation_shows_what_is_printed(found: list[Permission]) -> None:
    """`make permissions FILES=examples/lakehouse-rights.yaml`, pasted."""
    page = (ROOT / "docs/lakehouse.md").read_text("utf-8")

    assert f"```text\n{RIGHTS}\n{table(in_short(found))}\n```\n" in page


def test_documentation_shows_what_has_no_effect(examples: Path, tmp_path: Path) -> None:
    """The second list, had IAM no glue:UpdateTable."""

    def describe_only(resources: Json) -> None:
        for resource in resources.values():
            if resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
                for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                    if "glue:UpdateTable" in statement["Action"]:
                        statement["Action"].remove("glue:UpdateTable")

    assembly = changed(examples, tmp_path, "access", describe_only)
    page = (ROOT / "docs/lakehouse.md").read_text("utf-8")

    _, heading, rest = table(in_short(rights(assembly))).partition("Granted, and without effect")

    assert heading
    assert f"```text\n{heading}{rest}\n```\n" in page


def test_tags_say_which_columns_they_reach(found: list[Permission]) -> None:
    [reads] = [
        one
        for one in found
        if (one.who, one.may) == ("access/DataScientist", "read") and "tagged" in one.on
    ]
    assert reads.limit == (
        "now: lakehouse-rights-events.web.pages, "
        "lakehouse_rights_curated.orders (order_id, country, amount), "
        "lakehouse_rights_curated.prices, others of lakehouse_rights_curated"
    )


def test_a_tag_that_changes_changes_who_reads(examples: Path, tmp_path: Path) -> None:
    def hide_prices(resources: Json) -> None:
        for resource in resources.values():
            target = resource.get("Properties", {}).get("Target", {})
            if resource["Type"] == "Custom::LakeFormationTags" and target.get("Table") == "prices":
                resource["Properties"]["Tags"] = {f"{RIGHTS}-sensitivity": "confidential"}

    assembly = changed(examples, tmp_path, "lakehouse", hide_prices)

    now = {one.limit for one in rights(assembly) if one.limit.startswith("now:")}

    assert not [limit for limit in now if "prices" in limit and "order_id" in limit]
    assert "now: none" in now


def test_a_grant_that_is_gone_is_not_listed(examples: Path, tmp_path: Path) -> None:
    def revoke(resources: Json) -> None:
        for logical_id in [name for name in resources if name.startswith("Grantanalyst")]:
            del resources[logical_id]

    assembly = changed(examples, tmp_path, "data-access", revoke)

    left = [one for one in rights(assembly) if one.who == "access/Analyst"]

    assert left
    assert {one.through for one in left} == {"IAM"}


def test_iam_that_gives_objects_is_listed(examples: Path, tmp_path: Path) -> None:
    """Past Lake Formation: what a reviewer has to see."""

    def open_bucket(resources: Json) -> None:
        for resource in resources.values():
            if resource.get("Properties", {}).get("Description") == "The activity query_lakehouse":
                resource["Properties"]["PolicyDocument"]["Statement"].append(
                    {
                        "Effect": "Allow",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::another-teams/*",
                        "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
                    }
                )

    assembly = changed(examples, tmp_path, "access", open_bucket)

    expected = Permission(
        "access/Analyst", "read", "s3://another-teams", "aws:SourceVpc StringEquals vpc-1", "IAM"
    )
    assert expected in in_short(rights(assembly))


def test_denials_allow_nothing(examples: Path, tmp_path: Path) -> None:
    def deny_all(resources: Json) -> None:
        for resource in resources.values():
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                    statement["Effect"] = "Deny"

    assembly = changed(examples, tmp_path, "access", deny_all)

    def of_people(assembly: Path) -> set[str]:
        return {
            one.on
            for one in rights(assembly)
            if one.who.startswith("access/") and one.through == "IAM" and one.may != "describe"
        }

    assert of_people(examples)
    assert not of_people(assembly)


def test_roles_of_services_are_left_out_unless_asked_for(found: list[Permission]) -> None:
    services = {one.who for one in found} - {one.who for one in in_short(found)}
    assert {
        "lakehouse/CuratedLayer/Location/Role",
        "lakehouse/CuratedLayer/Maintenance",
        "lakehouse/S3TablesCatalog/Role",
        "role that deploys",
    } <= services
    location = Permission(
        "lakehouse/RawLayer/Location/Role", "read and write", "lakehouse/RawLayer/Bucket", "", "IAM"
    )
    assert location in found


def test_without_lake_formation_iam_says_all(examples: Path) -> None:
    found = in_short(permissions(Assembly.read(examples).stage("lakehouse-complete")))
    scientist = {one.on: one.may for one in found if one.who == "access/DataScientist"}
    assert scientist["lakehouse/RefinedLayer/Bucket"] == "read"
    assert scientist["lakehouse/SandboxLayer/Bucket"] == "read and write"
    assert "lakehouse/LandingLayer/Bucket" not in scientist
    assert {one.through for one in found} == {"IAM"}
