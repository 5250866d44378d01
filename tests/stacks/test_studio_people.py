"""Hundreds of users, in stacks of their own."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, write
from tests.support import StackTemplate, block_of, stacks, synthesized

USERS = [f"person-{number}" for number in range(500)]


def settings(users: list[str], *, stacks: int, more: str = "") -> str:
    people = "".join(f"    - name: {name}\n" for name in users)
    return f"{BASE}{more}studio:\n  user_stacks: {stacks}\n  users:\n{people}"


def stack_of(tmp_path: Path, users: list[str]) -> Mapping[str, int]:
    """Return the number of each user's stack."""
    [environment] = load_environments(files=[write(tmp_path, settings(users, stacks=9))])
    assert block_of(environment, "studio") is not None
    return {
        user.name: number
        for number, found in block_of(environment, "studio").users_by_stack.items()
        for user in found
    }


def test_nobody_moves_when_others_come_and_go(tmp_path: Path) -> None:
    before = stack_of(tmp_path, USERS)
    fewer = stack_of(tmp_path, USERS[::3])
    more = stack_of(tmp_path, [*reversed(USERS), "new-user"])
    assert set(before) == set(USERS)
    assert set(before.values()) == set(range(1, 10))
    assert all(before[name] == number for name, number in fewer.items())
    assert all(more[name] == number for name, number in before.items())


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[StackTemplate]:
    folder = tmp_path_factory.mktemp("many")
    text = settings(USERS, stacks=9, more="removal_policy: destroy\n")
    space = "  spaces:\n    - {name: notes, owner: person-7, sharing: Private, app: JupyterLab}\n"
    synthesized(folder / "out", write(folder, text + space))
    return list(stacks(folder / "out"))


def test_stacks_are_within_what_cloudformation_takes(many: list[StackTemplate]) -> None:
    for found in many:
        assert len(found.resources()) <= 400, found.id
        assert found.file.stat().st_size <= 800_000, found.id


def test_each_user_is_in_one_stack_with_their_resources(many: list[StackTemplate]) -> None:
    of_users = [found for found in many if found.name.startswith("studio-users-")]
    profiles = [
        profile["UserProfileName"]
        for found in of_users
        for profile in found.of_type("AWS::SageMaker::UserProfile")
    ]
    assert sorted(profiles) == sorted(USERS)
    [with_space] = [found for found in of_users if found.of_type("AWS::SageMaker::Space")]
    names = {one["UserProfileName"] for one in with_space.of_type("AWS::SageMaker::UserProfile")}
    assert "person-7" in names
    for found in of_users:
        users = len(found.of_type("AWS::SageMaker::UserProfile"))
        assert len(found.of_type("AWS::EC2::SecurityGroup")) == users
        assert len(found.of_type("Custom::StudioUserCleanUp")) == users


def test_the_clean_up_may_ask_for_the_templates_of_all_stacks_of_users(
    many: list[StackTemplate],
) -> None:
    [studio] = [found for found in many if found.name == "studio"]
    [statement] = [
        statement
        for policy in studio.of_type("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "cloudformation:GetTemplate" in statement["Action"]
    ]
    text = json.dumps(statement["Resource"])
    assert all(f"stack/base-studio-users-{number}/*" in text for number in range(1, 10))
