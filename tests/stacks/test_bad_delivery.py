"""Settings of deployments from a CI system with one fault each."""

from functools import partial
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, faults, with_defaults, write

DEFAULTS = {
    "github": {"repository": "example/platform", "owner_id": '"1"', "repository_id": '"2"'},
    "gitlab": {"project_path": "example/platform"},
}


def delivery(system: str, id: str, lines: str, **said: Any) -> Bad:
    """Add a block of a system; keys that the lines have are not added."""
    block = indent(with_defaults(lines, **DEFAULTS[system]), "    ")
    at = f"delivery.{system}.{said.pop('path')}"
    return Bad(id, f"{BASE}delivery:\n  {system}:\n{block}", at, **said)


github = partial(delivery, "github")
gitlab = partial(delivery, "gitlab")

REPOSITORIES = (
    "https://github.com/example/platform",
    "example",
    "example/*",
    "*/platform",
    "example/platform.git",
    "example/platform/sub",
    "-example/platform",
    "example/..",
    "repo:example/platform",
)
BRANCHES = (
    "refs/heads/main",
    "*",
    "release/*",
    "main/",
    "a..b",
    "-main",
    "a b",
    "main.lock",
    "${aws:username}",
    "a/.b",
)
CASES = [
    Bad(
        "no system",
        BASE + "delivery: {} # HERE\n",
        "delivery",
        "{}",
        "must have a `github` or a `gitlab` block. Add one of them",
    ),
    *(
        github(
            f"repository {value}",
            f'repository: "{value}" # HERE',
            path="repository",
            got=f'"{value}"',
            right="must be the owner and the name of a repository on github.com",
        )
        for value in REPOSITORIES
    ),
    *(
        github(
            f"branch {value}",
            f'branch: "{value}" # HERE',
            path="branch",
            got=f'"{value}"',
            right="must be the name of a branch, such as main: without refs/heads/",
        )
        for value in BRANCHES
    ),
    *(
        github(
            f"environment {value}",
            f'environment: "{value}" # HERE',
            path="environment",
            got=f'"{value}"',
            right="must be the name of a GitHub environment",
        )
        for value in ("*", "prod:ref", " prod", "prod?", "${prod}")
    ),
    *(
        github(
            f"repository id {value}",
            f'repository_id: "{value}" # HERE',
            path="repository_id",
            got=f'"{value}"',
            right="must be a number in quotes. `gh api repos/",
        )
        for value in ("*", "platform", "0", "-1", "1.5")
    ),
    github(
        "id without quotes",
        "owner_id: 123 # HERE",
        path="owner_id",
        got="123",
        right="must be a string. Put it in quotes",
    ),
    github(
        "provider by ARN",
        "provider: arn:aws:iam::1:oidc-provider/x # HERE",
        path="provider",
        got='"arn:aws:iam::1:oidc-provider/x"',
        right="must be one of create, exists",
    ),
    github(
        "session of a day",
        "session_hours: 24 # HERE",
        path="session_hours",
        got="24",
        right="must be at most 12",
    ),
    github(
        "session of no hours",
        "session_hours: 0 # HERE",
        path="session_hours",
        got="0",
        right="must be at least 1",
    ),
    github(
        "unknown key",
        "environments: prod # HERE",
        path="environments",
        got=None,
        right="no such key; did you mean environment?",
    ),
    *(
        gitlab(
            f"project {value}",
            f'project_path: "{value}" # HERE',
            path="project_path",
            got=f'"{value}"',
            right="must be the path of a project with its groups",
        )
        for value in ("platform", "example/*", "/example/platform", "example/platform/", "a//b")
    ),
    *(
        gitlab(
            f"issuer {value}",
            f'issuer: "{value}" # HERE',
            path="issuer",
            got=f'"{value}"',
            right="must be the address of a GitLab instance",
        )
        for value in (
            "http://gitlab.example.com",
            "gitlab.example.com",
            "https://gitlab.example.com/",
            "https://GitLab.example.com",
            "https://*",
            "https://a.example.com?x=1",
        )
    ),
    gitlab(
        "environment of GitLab",
        "environment: prod # HERE",
        path="environment",
        got=None,
        right="no such key",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_faults_name_place_value_and_rule(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def environment(name: str, region: str, number: int, provider: str) -> str:
    text = BASE.replace("name: base", f"name: {name}").replace("eu-west-1", region)
    text = text.replace("10.0.", f"10.{number}.")
    block = with_defaults(f"provider: {provider}", **DEFAULTS["github"])
    return f"{text}delivery:\n  github:\n{indent(block, '    ')}"


@pytest.mark.parametrize("region", ["eu-west-1", "eu-central-1"])
def test_one_environment_of_an_account_creates_the_provider(tmp_path: Path, region: str) -> None:
    """IAM has no regions: a second provider fails in any of them."""
    one = write(tmp_path, environment("one", "eu-west-1", 1, "create"), "one")
    two = write(tmp_path, environment("two", region, 2, "create"), "two")

    [message] = faults(one, two)

    assert "two.yaml:12: delivery.github.provider: got " in message
    assert "also creates the identity provider of GitHub" in message
    assert "in the same account. Set exists in one of them, and deploy the other first" in message


def test_providers_of_different_accounts_or_existing_ones_are_accepted(tmp_path: Path) -> None:
    first = environment("one", "eu-west-1", 1, "create")
    files = [
        write(tmp_path, first, "one"),
        write(tmp_path, environment("two", "eu-west-1", 2, "exists"), "two"),
        write(
            tmp_path,
            first.replace("name: one", "name: three").replace("123456789012", "210987654321"),
            "three",
        ),
    ]
    assert len(load_environments(files=files)) == 3


@pytest.mark.parametrize(
    "lines",
    [
        "repository: Example-Org/ml.platform_1",
        "repository: octo_corp/x",
        "branch: release/2026.1",
        "environment: prod eu/west-1",
    ],
)
def test_names_of_their_kind_are_accepted(tmp_path: Path, lines: str) -> None:
    good = github("good", lines, path="", got=None, right="")
    assert load_environments(files=[write(tmp_path, good.text)])
