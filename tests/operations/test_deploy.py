"""What `deploy` says and does after a comparison with the templates in the account."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from operations.assembly import Assembly
from tests.operations import program
from tests.support import FIXTURES, ROOT, synthesized

ACCOUNT = "123456789012"
TEXT = (
    (FIXTURES / "prod.yaml")
    .read_text("utf-8")
    .replace("333333333333", ACCOUNT)
    .replace("name: prod", "name: mine", 1)
)
Templates = dict[str, Any]


class FakeAccount:
    """Answers what CloudFormation and STS answer."""

    def __init__(self, templates: Templates, *, account: str = ACCOUNT, role: bool = True) -> None:
        self.templates, self.account, self.role = templates, account, role
        self.calls: list[str] = []
        self.error: Exception | None = None

    def __call__(self, *, region_name: str, **given: str) -> "FakeAccount":
        """Stand in for `boto3.Session`."""
        assert region_name == "eu-west-1"
        if given:
            self.account = ACCOUNT
        return self

    def client(self, service: str, *, config: Any) -> "FakeAccount":
        return self

    def get_partition_for_region(self, region: str) -> str:
        return {"eu-west-1": "aws"}[region]

    def get_caller_identity(self) -> dict[str, str]:
        if self.error:
            raise self.error
        return {"Account": self.account}

    def assume_role(self, RoleArn: str, RoleSessionName: str) -> Any:  # noqa: N803
        self.calls.append(RoleArn)
        if not self.role:
            raise _error("AccessDenied", "assume")
        return {"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}}

    def get_template(self, StackName: str) -> Any:  # noqa: N803
        assert self.account == ACCOUNT
        if StackName not in self.templates:
            raise _error("ValidationError", f"Stack with id {StackName} does not exist")
        return {"TemplateBody": self.templates[StackName]}


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "operation")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Templates of an earlier revision of the environment, by the names of stacks."""
    folder = tmp_path_factory.mktemp("deployed")
    file = folder / "mine.yaml"
    file.write_text(TEXT, "utf-8")
    [stage] = Assembly.read(synthesized(folder / "cdk.out", file)).stages
    return {stack.stack_name: stack.template() for stack in stage.stacks}


Deploy = Callable[[FakeAccount, str], tuple[int, list[str]]]


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deploy:
    """Return a function that deploys settings; it returns the status and the words of the CLI."""

    def run(account: FakeAccount, text: str) -> tuple[int, list[str]]:
        ran: list[str] = []

        def execv(command: str, words: list[str]) -> None:
            ran.extend(words[1:])
            raise SystemExit(0)

        file = tmp_path / "mine.yaml"
        file.write_text(text, "utf-8")
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        monkeypatch.setattr(os, "execv", execv)
        monkeypatch.setenv("PATH", os.environ["PATH"])
        monkeypatch.setattr(boto3, "Session", account)
        return program.run("deploy", "--files", file), ran

    return run


def test_first_deployment_is_as_without_the_comparison(deploy: Deploy) -> None:
    status, ran = deploy(FakeAccount({}), TEXT)

    assert status == 0
    assert ran[:4] == ["deploy", "mine/*", "--concurrency", "4"]
    assert "--force" not in ran


def test_unchanged_environment_needs_no_force(
    deploy: Deploy, deployed: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    # As boto3 gives templates in JSON, and as text.
    account = FakeAccount(deployed | {"mine-network": json.dumps(deployed["mine-network"])})

    status, ran = deploy(account, TEXT)

    assert (status, "--force" in ran) == (0, False)
    assert capsys.readouterr().out == ""


def test_stacks_that_read_what_changes_are_forced(
    deploy: Deploy, deployed: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    status, ran = deploy(FakeAccount(deployed), re.sub(r"cidr: \S+", "cidr: 10.99.0.0/16", TEXT))

    told = capsys.readouterr().out
    assert (status, ran[-1]) == (0, "--force")
    assert "deploys with --force, because what mine/inference read changes" in told
    assert "goes before its users are updated" in told
    assert "stacks that use it: " in told


def test_name_that_stays_stops_the_deployment(
    deploy: Deploy, deployed: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = json.loads(json.dumps(deployed))
    [database] = [
        one
        for one in changed["mine-lakehouse"]["Resources"].values()
        if one["Type"] == "AWS::Glue::Database" and "curated" in json.dumps(one)
    ]
    # Deployed with another create-only property, and the same name.
    database["Properties"]["CatalogId"] = "999999999999"
    database["Properties"]["DatabaseName"] = "mine_curated"
    text = TEXT

    status, ran = deploy(FakeAccount(changed), text)

    told = capsys.readouterr().err
    assert (status, ran) == (1, [])
    assert told.startswith("Not deployed: the deployment would fail.")
    assert "is taken" in told


def test_lookup_role_is_used_for_another_account(deploy: Deploy, deployed: Templates) -> None:
    account = FakeAccount(deployed, account="999999999999")

    status, ran = deploy(account, TEXT)

    assert (status, "--force" in ran) == (0, False)
    assert account.calls == [
        f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-lookup-role-{ACCOUNT}-eu-west-1"
    ]


@pytest.mark.parametrize("error", [NoCredentialsError(), _error("AccessDenied", "no")])
def test_account_that_does_not_answer_is_told(
    error: Exception, deploy: Deploy, capsys: pytest.CaptureFixture[str]
) -> None:
    account = FakeAccount({})
    account.error = error

    status, ran = deploy(account, TEXT)

    assert (status, ran[0]) == (0, "deploy")
    assert "mine: not compared with the account: " in capsys.readouterr().out


def test_plain_deploys_to_a_placeholder_are_refused(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            "cdk",
            "deploy",
            "dev/*",
            "-c",
            f"files={FIXTURES}/dev.yaml",
            "--output",
            str(tmp_path / "out"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    output = run.stdout + run.stderr
    assert run.returncode != 0
    assert "Need to perform AWS calls for account 111111111111" in output
    assert "Traceback" not in output
