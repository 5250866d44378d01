"""What holds for the templates of every environment."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import snapshots
from tests.lint import lint
from tests.names import is_own_name, physical_names
from tests.stateful import COMPANIONS, HOLDS_DATA
from tests.support import FIXTURES, ROOT, TYPICAL, files, stack, stacks, synthesized

STACK_IDS = [
    f"{environment}/{name}"
    for environment in ("dev", "prod", "staging")
    for name in ("foundation", "network", "lakehouse", "access", "studio", "inference")
    if (environment, name) != ("dev", "inference")
] + ["prod/data-access", "staging/data-access"]


def test_all_stacks_are_there(typical: Path) -> None:
    assert {found.id for found in stacks(typical)} == set(STACK_IDS)


@pytest.mark.parametrize("name", ["dev", "prod", "staging"])
def test_templates_are_as_reviewed(typical: Path, name: str, pytestconfig: pytest.Config) -> None:
    snapshots.check(
        FIXTURES / "snapshots" / name,
        snapshots.current(typical, name),
        pytestconfig,
        renew=f"pytest tests/environments/test_templates.py --renew-snapshots {name}",
    )


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
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path.home() / ".cache/aws/jsii/package-cache"),
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


def test_cfn_lint_passes(typical: Path, examples: Path, pytestconfig: pytest.Config) -> None:
    assert pytestconfig.cache is not None
    templates = [*stacks(typical), *stacks(examples)]
    if findings := lint(templates, pytestconfig.cache, "project"):
        pytest.fail(findings, pytrace=False)


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
                # What a custom resource wrote down goes with it, and what was not delivered.
                goes = "HandlerLogs" in logical_id or resource["Type"] == "AWS::SQS::Queue"
                wanted = deleted if goes else expected
                assert wanted.items() <= resource.items(), f"{found.id} {logical_id}"


def test_data_stores_are_the_types_with_a_deletion_policy(examples: Path) -> None:
    """So that a new one is added to the list that protects data."""
    with_policy = {
        resource["Type"]
        for found in stacks(examples)
        for resource in found.resources().values()
        if "DeletionPolicy" in resource and resource["Type"].startswith("AWS::")
    }
    assert with_policy == HOLDS_DATA | COMPANIONS


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
        # The name ends in a hash of all of them.
        "AWS::SageMaker::StudioLifecycleConfig": {
            "StudioLifecycleConfigAppType", "StudioLifecycleConfigContent",
        },
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
            own_name = {name for name in given & names if is_own_name(type_name, name)}
            others = given - own_name - unchanging.get(type_name, set())
            assert not (own_name and others), f"{found.id} {logical_id}: {own_name} and {others}"


def _top_level(pointers: list[str]) -> set[str]:
    return {pointer.split("/")[2] for pointer in pointers if pointer.count("/") == 2}


def test_two_environments_share_an_account_and_region(tmp_path: Path) -> None:
    source = (FIXTURES / "prod.yaml").read_text("utf-8")
    twin = source.replace("name: prod", "name: twin", 1).replace("10.30.", "10.31.")
    for name, text in (("prod", source), ("twin", twin)):
        (tmp_path / f"{name}.yaml").write_text(text)
    outdir = synthesized(tmp_path / "out", tmp_path / "prod.yaml", tmp_path / "twin.yaml")
    of: dict[str, set[tuple[str, str]]] = {"prod": set(), "twin": set()}
    for found in stacks(outdir):
        of[found.environment] |= set(physical_names(found))
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
    prod = [found for found in stacks(typical) if found.environment == "prod"]
    assert prod
    for found in prod:
        # A stack's tags would replace Studio's lifecycle configurations when they change.
        assert (
            found.tags == {}
            if found.name == "studio"
            else found.tags
            == {
                "cost-center": "ml-products",
                "data-classification": "confidential",
                "environment": "prod",
                "owner": "ml-platform",
                "stage": "production",
            }
        )


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
    of_studio = {"api", "logs", "runtime", "sts", "studio"}
    of_personas = {"cloudformation", "events", "featurestore-runtime", "metrics"}
    of_glue_jobs = {"glue", "lakeformation"}
    assert services["prod"] == {*of_studio, *of_personas, *of_glue_jobs, "athena"}


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


def test_image_repositories_are_the_environments_own(tmp_path: Path) -> None:
    source = (FIXTURES / "dev.yaml").read_text("utf-8")
    block = "foundation:\n  image_repositories: [a/b, a.b, a_b]"
    (tmp_path / "dev.yaml").write_text(source.replace("foundation:", block))
    synthesized(tmp_path / "out", tmp_path / "dev.yaml")
    found = stack(tmp_path / "out", "dev/foundation").of_type("AWS::ECR::Repository")
    assert {one["RepositoryName"] for one in found} == {"dev/a/b", "dev/a.b", "dev/a_b"}
    for one in found:
        assert one["ImageTagMutability"] == "IMMUTABLE"
        assert one["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert one["EncryptionConfiguration"]["EncryptionType"] == "KMS"
        assert 'tagStatus":"untagged' in one["LifecyclePolicy"]["LifecyclePolicyText"]
