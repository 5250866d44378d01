"""Who can assume the roles of CI systems, and what these can assume, as IAM decides it."""

from pathlib import Path

import pytest

from operations.access.evaluation import Policies, Request, evaluate
from operations.access.principal import Caller
from operations.access.world import World
from operations.assembly import Assembly
from tests.support import ROOT, synthesized

ACCOUNT = "444444444444"
GITHUB = "token.actions.githubusercontent.com"
GITLAB = "gitlab.example.com"
DEPLOY = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:example/ml-platform:environment:production",
    "repository_id": "456789",
    "environment": "production",
    "ref": "refs/heads/release",
}
PULL_REQUEST = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:example/ml-platform:pull_request",
    "repository_id": "456789",
    "ref": "refs/pull/5/merge",
}
BRANCH = PULL_REQUEST | {
    "sub": "repo:example/ml-platform:ref:refs/heads/release",
    "ref": "refs/heads/release",
}
JOB = {
    "aud": "https://gitlab.example.com",
    "sub": "project_path:example/data/ml-platform:ref_type:branch:ref:release",
}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = [ROOT / f"examples/delivery-{name}.yaml" for name in ("minimal", "complete")]
    return synthesized(tmp_path_factory.mktemp("delivery"), *files)


@pytest.fixture(scope="module")
def world(assembly: Path) -> World:
    return World.read(assembly)


def arn(name: str) -> str:
    path = "/ml-platform/" if name.startswith("delivery-complete") else "/"
    return f"arn:aws:iam::{ACCOUNT}:role{path}{name}"


def assumes(world: World, role: str, claims: dict[str, str], issuer: str = GITHUB) -> bool:
    """Return whether a token with some claims can assume a role."""
    providers = {
        one.ref: one.properties["Url"].removeprefix("https://")
        for one in world.environments["delivery-complete"].of_type("AWS::IAM::OIDCProvider")
    }
    provider = next((ref for ref, host in providers.items() if host == issuer), "")
    request = Request(
        Caller(provider, ACCOUNT),
        "sts:AssumeRoleWithWebIdentity",
        arn(role),
        ACCOUNT,
        {f"{issuer}:{key}": value for key, value in claims.items()},
    )
    return evaluate(request, Policies(resource=world.roles[arn(role)].trust)).allowed


@pytest.mark.parametrize(
    ("role", "claims", "allowed"),
    [
        ("deploy", {}, True),
        (
            "deploy",
            {"sub": "repo:example@123456/ml-platform@456789:environment:production"},
            True,
        ),
        ("deploy", {"sub": "repo:example/ml-platform:environment:staging"}, False),
        ("deploy", {"ref": "refs/heads/main"}, False),
        ("deploy", {"ref": "refs/tags/release"}, False),
        ("deploy", {"repository_id": "999"}, False),
        ("deploy", {"sub": "repo:evil/ml-platform:environment:production"}, False),
        (
            "deploy",
            {"sub": "repo:example@9/ml-platform@456789:environment:production"},
            False,
        ),
        ("deploy", {"sub": "repo:example/ml-platform-evil:environment:production"}, False),
        ("deploy", {"aud": "https://github.com/example"}, False),
        ("deploy", PULL_REQUEST, False),
        ("deploy", BRANCH, False),
        ("read", PULL_REQUEST, True),
        ("read", BRANCH, True),
        ("read", {}, False),
        ("read", PULL_REQUEST | {"repository_id": "999"}, False),
        ("read", BRANCH | {"sub": "repo:example/ml-platform:ref:refs/heads/main"}, False),
        ("read", PULL_REQUEST | {"sub": "repo:evil/ml-platform:pull_request"}, False),
    ],
)
def test_tokens_of_github_assume_their_role(
    world: World, role: str, claims: dict[str, str], allowed: bool
) -> None:
    assert assumes(world, f"delivery-complete-github-{role}", DEPLOY | claims) is allowed


@pytest.mark.parametrize("missing", ["aud", "sub", "repository_id", "ref"])
def test_token_without_a_claim_is_refused(world: World, missing: str) -> None:
    claims = {key: value for key, value in DEPLOY.items() if key != missing}
    assert not assumes(world, "delivery-complete-github-deploy", claims)


@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        ({}, True),
        ({"sub": JOB["sub"].replace("release", "main")}, False),
        ({"sub": JOB["sub"].replace("branch", "tag")}, False),
        ({"sub": JOB["sub"].replace("data", "evil")}, False),
        ({"aud": "https://gitlab.com"}, False),
    ],
)
def test_tokens_of_gitlab_assume_their_role(
    world: World, claims: dict[str, str], allowed: bool
) -> None:
    role = "delivery-complete-gitlab-deploy"
    assert assumes(world, role, JOB | claims, GITLAB) is allowed


def test_tokens_of_another_issuer_are_refused(world: World) -> None:
    assert not assumes(world, "delivery-complete-github-deploy", DEPLOY, GITLAB)
    assert not assumes(world, "delivery-complete-gitlab-deploy", JOB, GITHUB)


def test_jobs_of_pull_requests_read_only_where_the_settings_say_so(world: World) -> None:
    trust = world.roles[arn("delivery-minimal-github-read")].trust
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
    for sub, allowed in (
        (PULL_REQUEST["sub"], False),
        ("repo:example/ml-platform:ref:refs/heads/main", True),
    ):
        context = {f"{GITHUB}:{key}": value for key, value in (PULL_REQUEST | {"sub": sub}).items()}
        request = Request(
            Caller(provider, ACCOUNT), "sts:AssumeRoleWithWebIdentity", "*", ACCOUNT, context
        )
        assert evaluate(request, Policies(resource=trust)).allowed is allowed


def bootstrap(kind: str, *, account: str = ACCOUNT, region: str = "eu-west-1") -> str:
    return f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{region}"


DEPLOYS = {bootstrap(kind) for kind in ("deploy", "file-publishing", "lookup")}


@pytest.mark.parametrize(
    ("role", "reaches"),
    [
        ("delivery-minimal-github-deploy", DEPLOYS),
        ("delivery-complete-gitlab-deploy", DEPLOYS),
        ("delivery-complete-github-read", {bootstrap("lookup")}),
    ],
)
def test_role_assumes_its_bootstrap_roles_and_nothing_else(
    world: World, role: str, reaches: set[str]
) -> None:
    found = world.roles[arn(role)]
    assert not found.unknown
    actions = {"sts:AssumeRole", "sts:TagSession", "iam:PassRole", "s3:GetObject", "kms:Decrypt"}
    others = {
        bootstrap("cfn-exec"),
        bootstrap("image-publishing"),
        bootstrap("deploy", account="999999999999"),
        bootstrap("deploy", region="us-east-1"),
        f"arn:aws:iam::{ACCOUNT}:role/admin",
        *world.roles,
    }
    allowed = {
        (action, resource)
        for action in actions
        for resource in DEPLOYS | others
        if evaluate(
            Request(Caller.session(found.arn, "job"), action, resource, ACCOUNT),
            Policies(found.policies),
        ).layer
        != "identity-based policy"
    }
    # The trust policies of the bootstrap roles are not in templates; they name the account.
    assert allowed == {("sts:AssumeRole", one) for one in reaches}


def test_role_assumes_what_the_cli_assumes_for_each_stack(assembly: Path, world: World) -> None:
    """The manifest tells the CLI which roles to assume."""
    needed = set()
    for stage in Assembly.read(assembly).stages:
        text = "".join(
            file.read_text("utf-8")
            for file in assembly.rglob("*.json")
            if file.name == "manifest.json" or file.name.endswith(".assets.json")
        )
        needed |= {
            part.split('"')[0].replace("${AWS::Partition}", "aws")
            for part in text.split('ssumeRoleArn": "')[1:]
        } | {
            part.split('"')[0].replace("${AWS::Partition}", "aws")
            for part in text.split('"arn": "')[1:]
        }
        assert stage.name.startswith("delivery-")
    assert needed == DEPLOYS
