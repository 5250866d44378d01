"""File systems of HyperPod clusters in the spaces of those who use the clusters."""

from pathlib import Path
from typing import Any

import pytest

from tests.bad_settings import BASE, Bad, check
from tests.stacks.test_hyperpod import CLUSTER
from tests.support import ROOT, stack, synthesized


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the example."""
    folder = tmp_path_factory.mktemp("in-studio")
    file = ROOT / "examples" / "studio-hyperpod.yaml"
    return synthesized(folder / "out", file)


def settings_of(assembly: Path) -> dict[str, dict[str, Any]]:
    profiles = stack(assembly, "studio-hyperpod/studio").of_type("AWS::SageMaker::UserProfile")
    return {one["UserProfileName"]: one["UserSettings"] for one in profiles}


def test_only_who_uses_the_cluster_has_its_file_system(assembly: Path) -> None:
    mounted = {
        name: [
            one["FSxLustreFileSystemConfig"].get("FileSystemPath", "/")
            for one in settings.get("CustomFileSystemConfigs", [])
        ]
        for name, settings in settings_of(assembly).items()
    }
    assert mounted == {"ada": ["/users"], "bob": [], "grace": ["/"]}
    [domain] = stack(assembly, "studio-hyperpod/studio").of_type("AWS::SageMaker::Domain")
    assert domain["DefaultUserSettings"]["CustomFileSystemConfigs"] == []


def test_only_they_are_in_the_group_that_reaches_it(assembly: Path) -> None:
    groups = {
        name: len(settings["SecurityGroups"]) for name, settings in settings_of(assembly).items()
    }
    assert groups == {"ada": 2, "bob": 1, "grace": 2}


def test_the_group_reaches_lustre_and_lustre_it_on_its_ports_only(assembly: Path) -> None:
    resources = stack(assembly, "studio-hyperpod/hyperpod").resources()
    [clients] = [
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::EC2::SecurityGroup"
        and one["Properties"]["GroupDescription"].startswith("Apps of Studio")
    ]
    # Jobs, which anybody may start, cannot join it.
    assert {"Key": "studio-apps", "Value": "true"} in resources[clients]["Properties"]["Tags"]
    rules = [
        (one["Type"].rpartition("Group")[2], one["Properties"])
        for one in resources.values()
        if one["Type"].startswith("AWS::EC2::SecurityGroup")
        and one["Type"] != "AWS::EC2::SecurityGroup"
        and clients in str(one["Properties"])
    ]
    ports = {(rule["FromPort"], rule["ToPort"]) for _, rule in rules}
    assert ports == {(988, 988), (1018, 1023)}
    # In and out, at both ends.
    assert sorted(kind for kind, _ in rules) == ["Egress"] * 4 + ["Ingress"] * 4


LUSTRE = "      lustre: {storage_capacity_gib: 1200}\n"


def bad(id: str, studio: str, *, cluster: str = "", at: str, got: str, right: str) -> Bad:
    """Return a file with a Studio, and perhaps a cluster."""
    text = "personas: {quant: {activities: [run_studio_apps]}}\n" + cluster
    return Bad(id, f"{BASE}{text}studio:\n{studio}", f"studio.{at}", got, right)


EVERYBODY = "  file_systems:\n    - hyperpod: research # HERE\n"
BADS = [
    bad(
        "no cluster",
        EVERYBODY,
        at="file_systems[0].hyperpod",
        got='"research"',
        right="must be a HyperPod cluster of the environment; there is no hyperpod",
    ),
    bad(
        "another cluster",
        EVERYBODY.replace("research", "elsewhere"),
        cluster=CLUSTER + LUSTRE,
        at="file_systems[0].hyperpod",
        got='"elsewhere"',
        right="must be a HyperPod cluster of the environment; there are research",
    ),
    bad(
        "no file system",
        EVERYBODY,
        cluster=CLUSTER,
        at="file_systems[0].hyperpod",
        got='"research"',
        right="must be a cluster with a Lustre file system. Add lustre to it",
    ),
    bad(
        "persona without clusters",
        "  users:\n    - name: ada\n      persona: quant\n      file_systems:\n"
        "        - hyperpod: research # HERE\n",
        cluster=CLUSTER + LUSTRE,
        at="users[0].file_systems[0].hyperpod",
        got='"research"',
        right="must be a cluster that the user's persona can use. Add the activity",
    ),
    bad(
        "shared space",
        "  shared_spaces:\n    file_systems:\n      - hyperpod: research # HERE\n",
        cluster=CLUSTER + LUSTRE,
        at="shared_spaces.file_systems[0].hyperpod",
        got='"research"',
        right="applies only to file_systems of studio and of users, whose persona uses the cluster",
    ),
    bad(
        "one space",
        "  users: [{name: ada}]\n  spaces:\n    - name: lab\n      owner: ada\n"
        "      file_system:\n        hyperpod: research # HERE\n",
        cluster=CLUSTER + LUSTRE,
        at="spaces[0].file_system.hyperpod",
        got='"research"',
        right="applies only to file_systems of studio and of users, whose persona uses the cluster",
    ),
    bad(
        "more clusters than groups",
        "  users:\n    - name: ada\n      file_systems: # HERE\n"
        + "".join(f"        - hyperpod: cluster-{letter}\n" for letter in "abcde"),
        cluster=CLUSTER + LUSTRE,
        at="users[0].file_systems",
        got='["cluster-a", "cluster-b", "cluster-c", "cluster-d", "cluster-e"]',
        right=(
            "must have file systems of at most 4 clusters, because each adds a security group "
            "to the user's apps; got 5"
        ),
    ),
]


@pytest.mark.parametrize("case", BADS, ids=lambda case: case.id)
def test_one_fault_is_one_line(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)
