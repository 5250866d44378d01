"""What holds for the templates of every environment."""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from operations.rehearsal.project import jsii_cache
from tests.support import (
    FIXTURES,
    ROOT,
    TYPICAL,
    StackTemplate,
    files,
    stack,
    stacks,
    synthesized,
)

STACK_IDS = [
    f"{environment}/{name}"
    for environment in ("dev", "prod", "staging")
    for name in ("foundation", "network", "lakehouse", "access", "studio", "inference")
    if (environment, name) != ("dev", "inference")
] + ["prod/data-access", "staging/data-access"]
# What holds data or is known by its name outside of the stack.
STATEFUL = {
    "AWS::Athena::WorkGroup",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::RedshiftServerless::Namespace",
    "AWS::S3::Bucket",
    "AWS::S3Tables::Namespace",
    "AWS::S3Tables::Table",
    "AWS::S3Tables::TableBucket",
    "AWS::SNS::Topic",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::MlflowApp",
    "AWS::SageMaker::MlflowTrackingServer",
    "AWS::SageMaker::PartnerApp",
    "AWS::SageMaker::Space",
    "AWS::SageMaker::UserProfile",
}
# What a replacement or deletion loses for good.
HOLDS_DATA = {
    "AWS::Athena::WorkGroup",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::RedshiftServerless::Namespace",
    "AWS::S3::Bucket",
    "AWS::S3Tables::Namespace",
    "AWS::S3Tables::Table",
    "AWS::S3Tables::TableBucket",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::MlflowApp",
    "AWS::SageMaker::MlflowTrackingServer",
    "AWS::SageMaker::PartnerApp",
    "AWS::SageMaker::Space",
    "AWS::SageMaker::UserProfile",
}
CFN_LINT = Path(sys.executable).with_name("cfn-lint")
PINNED = Path(__file__).with_name("stateful_resources.txt")


def test_all_stacks_are_there(typical: Path) -> None:
    assert {found.id for found in stacks(typical)} == set(STACK_IDS)


@pytest.mark.parametrize("stack_id", STACK_IDS, ids=lambda found: found.replace("/", "-"))
def test_template_is_as_reviewed(typical: Path, stack_id: str, snapshot: SnapshotAssertion) -> None:
    """Shows each change of a template in the diff of a pull request."""
    text = stack(typical, stack_id).file.read_text("utf-8")
    template = json.loads(re.sub(r"[0-9a-f]{64}", "<asset hash>", text))
    for resource in template["Resources"].values():
        resource.pop("Metadata", None)
    assert template == snapshot(extension_class=JSONSnapshotExtension)


def test_stateful_resources_keep_their_logical_ids(typical: Path) -> None:
    """A changed logical id replaces the resource at the next deploy."""
    found = {
        f"{template.id} {resource['Type']} {logical_id}"
        for template in stacks(typical)
        for logical_id, resource in template.resources().items()
        if resource["Type"] in STATEFUL
    }
    pinned = set(PINNED.read_text("utf-8").splitlines())
    lost = sorted(pinned - found)
    assert not lost, (
        f"deploying this would delete or replace, with their data: {lost}. If that is meant, "
        f"say so in CHANGELOG.md and remove the lines from {PINNED.relative_to(ROOT)}."
    )
    new = sorted(found - pinned)
    assert not new, f"new stateful resources: add the lines to {PINNED.relative_to(ROOT)}: {new}"


def test_two_synths_are_byte_identical(typical: Path, tmp_path: Path) -> None:
    """Without credentials, and without a network where this machine can take it away."""
    lonely = ["unshare", "--net", "--map-root-user"]
    can = subprocess.run([*lonely, "true"], check=False, capture_output=True).returncode == 0
    again = tmp_path / "again"
    subprocess.run(
        [*(lonely if can else []), sys.executable, "app.py"],
        cwd=ROOT,
        env={
            "CDK_OUTDIR": str(again),
            "CDK_CONTEXT_JSON": json.dumps({"files": " ".join(map(str, TYPICAL))}),
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT / "constructs"),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(jsii_cache()),
        },
        check=True,
        timeout=600,
    )
    assert _written(again) == _written(typical)


def _written(assembly: Path) -> dict[str, bytes]:
    """Return what is deployed. Metadata and reports name the temporary folder of jsii."""
    return {
        path: content
        for path, content in files(assembly).items()
        if not path.endswith((".metadata.json", "validation-report.json"))
    }


@pytest.mark.parametrize("which", ["typical", "examples"])
def test_cfn_lint_passes(which: str, request: pytest.FixtureRequest) -> None:
    """Of templates that passed on this machine, only those that have changed are read again."""
    assembly: Path = request.getfixturevalue(which)
    cache, key = request.config.cache, f"cfn-lint/{version('cfn-lint')}/{which}"
    assert cache is not None
    passed = cache.get(key, {})
    digests = {
        found.id: hashlib.sha256(found.file.read_bytes()).hexdigest() for found in stacks(assembly)
    }
    changed = [
        found.file for found in stacks(assembly) if passed.get(found.id) != digests[found.id]
    ]
    if changed:
        lint = subprocess.run(
            # W3005 judges how CDK orders its own custom resources.
            [CFN_LINT, "--ignore-checks", "W3005", "--", *changed],
            capture_output=True,
            text=True,
            check=False,
        )
        assert lint.returncode == 0, lint.stdout + lint.stderr
    cache.set(key, digests)


@pytest.mark.parametrize("which", ["typical", "examples"])
def test_no_stack_is_near_the_limits_of_cloudformation(
    which: str, request: pytest.FixtureRequest
) -> None:
    for found in stacks(request.getfixturevalue(which)):
        assert len(found.resources()) <= 400, found.id
        assert found.file.stat().st_size <= 800_000, found.id


def test_everything_carries_the_tags(typical: Path) -> None:
    for found in stacks(typical):
        for logical_id, resource in found.resources().items():
            tags = resource.get("Properties", {}).get("Tags")
            if isinstance(tags, list):
                keys = {tag.get("Key") for tag in tags}
                assert {"environment", "stage", "owner", "cost-center"} <= keys, logical_id


def test_data_is_kept_or_deleted_as_the_environment_says(typical: Path) -> None:
    for found in stacks(typical):
        # Nothing of a first deploy that fails stays in the way of the next.
        kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
        deleted = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
        expected = deleted if found.environment == "dev" else kept
        for logical_id, resource in found.resources().items():
            if resource["Type"] in HOLDS_DATA:
                # What a custom resource wrote down goes with it.
                wanted = deleted if "HandlerLogs" in logical_id else expected
                assert wanted.items() <= resource.items(), f"{found.id} {logical_id}"


def test_data_of_the_lakehouse_needs_a_second_key(tmp_path: Path) -> None:
    source = (FIXTURES / "dev.yaml").read_text("utf-8")
    one_key = source.replace("lakehouse:\n  removal_policy: destroy\n", "lakehouse:\n")
    assert one_key != source
    file = tmp_path / "dev.yaml"
    file.write_text(one_key)
    synthesized(tmp_path / "out", file)
    lakehouse = stack(tmp_path / "out", "dev/lakehouse").resources()
    policies = Counter(
        (r["Type"], r["DeletionPolicy"])
        for r in lakehouse.values()
        if r["Type"] in ("AWS::S3::Bucket", "AWS::Glue::Database")
    )
    assert policies == {
        ("AWS::S3::Bucket", "RetainExceptOnCreate"): 3,
        ("AWS::Glue::Database", "RetainExceptOnCreate"): 3,
        ("AWS::S3::Bucket", "Delete"): 1,  # query results
    }


def test_no_export_and_no_import_ties_stacks_together(typical: Path) -> None:
    for found in stacks(typical):
        text = found.file.read_text("utf-8")
        assert "Fn::ImportValue" not in text, found.id
        assert not [
            output for output in found.template().get("Outputs", {}).values() if "Export" in output
        ], found.id


def test_names_that_replacement_would_clash_with(typical: Path) -> None:
    """CloudFormation creates before it deletes, and a second thing of one name fails.

    So a resource with a name may have no other property that replaces it, unless that
    property cannot change without the name.
    """
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    unchanging = {
        # A change of these alone is refused before, at the group of its users.
        "AWS::SageMaker::Domain": {"AuthMode", "KmsKeyId"},
        # The failure is meant: it keeps the domain from being replaced.
        "AWS::EC2::SecurityGroup": {"GroupDescription", "VpcId"},
        # The profile's name is derived from the single sign-on user; profiles of another
        # domain have logical ids of their own.
        "AWS::SageMaker::UserProfile": {
            "DomainId", "SingleSignOnUserIdentifier", "SingleSignOnUserValue",
        },
        # The role has no property that replaces it.
        "AWS::SageMaker::MlflowApp": {"RoleArn"},
        # Names of tables are names within their database.
        "AWS::Glue::Table": {"CatalogId", "DatabaseName"},
        # Names of policies are names within their scalable target.
        "AWS::ApplicationAutoScaling::ScalingPolicy": {"ScalingTargetId"},
    }  # fmt: skip
    for found in stacks(typical):
        for logical_id, resource in found.resources().items():
            type_name = resource["Type"]
            if not type_name.startswith("AWS::"):
                continue
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", type_name).schema
            replacing = _top_level(schema.get("createOnlyProperties", []))
            names = {name for name in replacing if name.endswith("Name")}
            given = set(resource.get("Properties", {})) & replacing
            own_name = {name for name in given & names if _names_it(type_name, name)}
            others = given - own_name - unchanging.get(type_name, set())
            assert not (own_name and others), f"{found.id} {logical_id}: {own_name} and {others}"


def _top_level(pointers: list[str]) -> set[str]:
    return {pointer.split("/")[2] for pointer in pointers if pointer.count("/") == 2}


def _names_it(type_name: str, property_name: str) -> bool:
    """Tell whether a property is the resource's own name: Name, or PolicyName, say."""
    kind = property_name.removesuffix("Name")
    return kind != property_name and type_name.endswith(kind)


def names(template: StackTemplate) -> set[tuple[str, str]]:
    """Return the types and explicit names of a stack's resources.

    Users' names are names within their domain, and may be the same.
    """
    return {
        (resource["Type"], value)
        for resource in template.resources().values()
        for key, value in resource.get("Properties", {}).items()
        if _names_it(resource["Type"], key) and isinstance(value, str)
        if resource["Type"] != "AWS::SageMaker::UserProfile"
    }


def test_two_environments_share_an_account_and_region(tmp_path: Path) -> None:
    source = (FIXTURES / "prod.yaml").read_text("utf-8")
    twin = source.replace("name: prod", "name: twin", 1).replace("10.30.", "10.31.")
    for name, text in (("prod", source), ("twin", twin)):
        (tmp_path / f"{name}.yaml").write_text(text)
    outdir = synthesized(tmp_path / "out", tmp_path / "prod.yaml", tmp_path / "twin.yaml")
    of: dict[str, set[tuple[str, str]]] = {"prod": set(), "twin": set()}
    for found in stacks(outdir):
        of[found.environment] |= names(found)
    assert len(of["prod"]) == len(of["twin"]) >= 9
    assert not of["prod"] & of["twin"]
    for environment, found_names in of.items():
        assert all(environment in name for _, name in found_names)


def test_changed_access_changes_policies_in_place(typical: Path, tmp_path: Path) -> None:
    """A replaced policy is detached and deleted while people work."""
    source = (FIXTURES / "dev.yaml").read_text("utf-8")
    layers = (
        "  layers:\n"
        "    - {name: raw, access: read-write}\n"
        "    - {name: curated, access: read-write}\n"
        "    - {name: analytics, access: read}\n"
    )
    (tmp_path / "dev.yaml").write_text(source.replace("lakehouse:\n", f"lakehouse:\n{layers}"))
    synthesized(tmp_path / "out", tmp_path / "dev.yaml")
    before, after = stack(typical, "dev/access"), stack(tmp_path / "out", "dev/access")
    changed = 0
    for logical_id, old in before.resources().items():
        new = after.resources()[logical_id]
        if old["Type"] == "AWS::IAM::ManagedPolicy":
            changed += old != new
            for name in ("Description", "Path", "ManagedPolicyName"):
                assert old["Properties"].get(name) == new["Properties"].get(name), logical_id
    assert changed == 1


def test_stacks_carry_the_tags_for_what_cdk_cannot_tag(typical: Path) -> None:
    manifest = json.loads((typical / "assembly-prod/manifest.json").read_text("utf-8"))
    for artifact in manifest["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            assert artifact["properties"]["tags"] == {
                "cost-center": "ml-products",
                "data-classification": "confidential",
                "environment": "prod",
                "owner": "ml-platform",
                "stage": "production",
            }


def test_a_permissions_boundary_bounds_every_role(tmp_path: Path) -> None:
    source = (FIXTURES / "dev.yaml").read_text("utf-8")
    (tmp_path / "dev.yaml").write_text(source + "permissions_boundary: team-boundary\n")
    synthesized(tmp_path / "out", tmp_path / "dev.yaml")
    roles = [role for found in stacks(tmp_path / "out") for role in found.of_type("AWS::IAM::Role")]
    assert len(roles) >= 4
    for role in roles:
        assert "policy/team-boundary" in str(role.get("PermissionsBoundary"))


def test_endpoints_are_those_of_the_capabilities(typical: Path) -> None:
    services = {
        environment: {
            endpoint["ServiceName"].rsplit(".", 1)[1]
            for endpoint in stack(typical, f"{environment}/network").of_type(
                "AWS::EC2::VPCEndpoint"
            )
            if endpoint["VpcEndpointType"] == "Interface"
        }
        for environment in ("dev", "prod")
    }
    assert services["dev"] == set()
    assert services["prod"] == {"api", "athena", "glue", "logs", "runtime", "sts", "studio"}


def test_personas_read_and_write_what_the_layers_say(typical: Path) -> None:
    policies = {
        policy["Description"]: policy["PolicyDocument"]["Statement"]
        for policy in stack(typical, "dev/access").of_type("AWS::IAM::ManagedPolicy")
    }
    writes = {
        layer: any("s3:PutObject" in one["Action"] for one in statements if layer in str(one))
        for layer in ("RawLayer", "CuratedLayer", "AnalyticsLayer")
        for statements in [policies["The activity query_lakehouse"]]
    }
    assert writes == {"RawLayer": False, "CuratedLayer": False, "AnalyticsLayer": True}
    writing = policies["The activity write_lakehouse"]
    for layer in writes:
        assert any("s3:PutObject" in one["Action"] for one in writing if layer in str(one)), layer


def test_people_have_the_roles_of_their_personas(typical: Path) -> None:
    outputs = stack(typical, "dev/access").template()["Outputs"]
    role_of = {
        output["Value"]["Fn::GetAtt"][0]: name
        for name, output in outputs.items()
        if name.endswith("RoleArn")
    }
    assert sorted(role_of.values()) == ["DataEngineerRoleArn", "DataScientistRoleArn"]
    studio = stack(typical, "dev/studio")
    [domain] = studio.of_type("AWS::SageMaker::Domain")
    by_user = {
        profile["UserProfileName"]: str(profile["UserSettings"].get("ExecutionRole"))
        for profile in studio.of_type("AWS::SageMaker::UserProfile")
    }
    assert by_user["alice"] == "None"
    assert "DataEngineer" in by_user["bob"]
    assert "DataScientist" in str(domain["DefaultUserSettings"]["ExecutionRole"])


# IAM counts no white space; references are longer or shorter than what they stand for.
_LONGEST_POLICY = 6144


def test_policies_are_short_enough(typical: Path, examples: Path) -> None:
    for found in [*stacks(typical), *stacks(examples)]:
        for logical_id, resource in found.resources().items():
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                document = _as_deployed(resource["Properties"]["PolicyDocument"])
                length = len(json.dumps(document, separators=(",", ":")))
                assert length <= _LONGEST_POLICY, f"{found.id} {logical_id}"


def _as_deployed(node: Any) -> Any:
    """Write out what references stand for, at a likely length."""
    match node:
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(map(_as_deployed, parts))
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": _} | {"Fn::GetAtt": _} | {"Fn::GetStackOutput": _}:
            return "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        case dict():
            return {key: _as_deployed(value) for key, value in node.items()}
        case list():
            return list(map(_as_deployed, node))
    return node
