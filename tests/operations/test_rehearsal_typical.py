"""Typical environments live through a rehearsal."""

from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly
from operations.rehearsal import report
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.rehearsal import Rehearsal
from tests.support import FIXTURES


def facts(rehearsal: Rehearsal, assembly: Assembly) -> list[Any]:
    resources = report.resources_of([assembly.stage("dev")], rehearsal.emulator.resources())
    keys = ("kind", "physical_id", "properties")
    return sorted(([r[key] for key in keys] for r in resources), key=str)


@pytest.fixture
def deployed_ours(rehearsal: Rehearsal, synthesize_ours: Any) -> Assembly:
    """`dev` and `staging`, deployed."""
    assembly: Assembly = synthesize_ours(
        *(FIXTURES / f"{name}.yaml" for name in ("dev", "staging"))
    )
    rehearsal.bootstrap(assembly.targets)
    rehearsal.deploy(assembly)
    return assembly


def test_dev_is_deployed_changed_rolled_back_and_destroyed_without_a_trace(
    rehearsal: Rehearsal, deployed_ours: Assembly, tmp_path: Path, synthesize_ours: Any, client: Any
) -> None:
    made = facts(rehearsal, deployed_ours)
    expected = [t for s in deployed_ours.stage("dev").stacks for t in s.resource_types()]
    assert sorted(kind for kind, _, _ in made) == sorted(expected)

    rehearsal.deploy(deployed_ours, ["dev"])
    assert facts(rehearsal, deployed_ours) == made, "a deploy without a change changed something"

    settings = tmp_path / "dev.yaml"
    text = (FIXTURES / "dev.yaml").read_text()
    settings.write_text(text.replace("- name: alice\n", "- name: alice\n    - name: carol\n"))
    changed = synthesize_ours(settings)
    rehearsal.emulator.order_fault("AWS::SageMaker::UserProfile", action="create", code="Busy")
    with pytest.raises(RehearsalError, match=r"UserProfile\) of stack dev-studio"):
        rehearsal.deploy(changed)
    assert facts(rehearsal, deployed_ours) == made, "the rollback did not restore what was"

    rehearsal.deploy(changed)
    kept = {(kind, physical_id) for kind, physical_id, _ in facts(rehearsal, deployed_ours)}
    assert {(kind, physical_id) for kind, physical_id, _ in made} < kept
    assert any(physical_id.startswith("carol|") for _, physical_id in kept)

    sagemaker = client("sagemaker", "111111111111")
    _work(sagemaker, made, owner="carol")
    _work(sagemaker, made, owner="alice")
    rehearsal.deploy(deployed_ours, ["dev"])
    assert facts(rehearsal, deployed_ours) == made, "something of carol is left"
    assert _spaces(sagemaker) == {"alice-notes"}
    rehearsal.deploy(changed)

    settings.write_text(settings.read_text().replace("policy: destroy", "policy: retain"))
    rehearsal.deploy(synthesize_ours(settings))
    still = {(kind, physical_id) for kind, physical_id, _ in facts(rehearsal, deployed_ours)}
    assert {pair for pair in kept if pair[0].startswith("AWS::SageMaker::")} <= still
    assert not any(kind.startswith("Custom::Studio") for kind, _ in still)
    rehearsal.deploy(changed)

    assert _spaces(sagemaker) == {"alice-notes"}, "a change of the policy deletes nothing"
    started = rehearsal.start_destroy(changed)
    rehearsal.finish("destroy", [*started, *rehearsal.start_destroy(deployed_ours, ["staging"])])
    left = {name: _left(rehearsal, deployed_ours, name) for name in ("dev", "staging")}
    assert left["dev"] == []
    print(*left["staging"], sep="\n")
    # What Lake Formation holds for the account, and grants by which kept databases can be deleted.
    settings_of_account, *granted = [one for one in left["staging"] if one.startswith("lakef")]
    assert settings_of_account.startswith("lakeformation.DataLakeSettings ")
    assert len(granted) == len([one for one in left["staging"] if " AWS::Glue::Database " in one])
    assert all("cdk-hnb659fds-cfn-exec-role" in one for one in granted)
    kept_by_stacks = [one for one in left["staging"] if one.startswith("staging-")]
    assert len(kept_by_stacks) == len(left["staging"]) - len(granted) - 1
    assert all("kept, as removal_policy retain says: " in line for line in kept_by_stacks)
    assert not [line for line in kept_by_stacks if line.endswith("no reason known")]


def _work(sagemaker: Any, made: list[Any], *, owner: str) -> None:
    """What people leave running: a space with an app."""
    [domain_id] = [physical_id for kind, physical_id, _ in made if kind.endswith("::Domain")]
    space = {"DomainId": domain_id, "SpaceName": f"{owner}-notes"}
    sagemaker.create_space(
        **space,
        OwnershipSettings={"OwnerUserProfileName": owner},
        SpaceSharingSettings={"SharingType": "Private"},
    )
    sagemaker.create_app(**space, AppType="JupyterLab", AppName="default")


def _spaces(sagemaker: Any) -> set[str]:
    return {space["SpaceName"] for space in sagemaker.list_spaces()["Spaces"]}


def _left(rehearsal: Rehearsal, assembly: Assembly, name: str) -> list[str]:
    emulator = rehearsal.emulator
    return report.leftovers([assembly.stage(name)], emulator.resources(), emulator.stacks())
