"""Settings of the model registry with one fault each, also between two environments."""

import json
from pathlib import Path
from textwrap import dedent, indent

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, faults, line_of_mark, write

PERSONAS = """\
personas:
  data_scientist: {}
  model_approver: {}
"""


def registry(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a registry to an environment with two personas and a repository."""
    block = f"model_registry:\n{indent(dedent(lines).strip(), '  ')}\n"
    text = f"{BASE}foundation: {{image_repositories: [churn]}}\n{PERSONAS}{block}"
    return Bad(id, text, f"model_registry.{path}", got, right)


CASES = [
    registry("no group", "groups: [] # HERE", path="groups", got="[]", right="at least 1"),
    registry(
        "secret as ARN",
        """
        groups: [{name: churn}]
        promotion:
          repository: example/platform
          token_secret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x" # HERE
        """,
        path="promotion.token_secret",
        got='"arn:aws:',
        right="must be the name of a secret",
    ),
    registry(
        "group twice",
        """
        groups:
          - name: churn
          - name: churn # HERE
        """,
        path="groups[1].name",
        got='"churn"',
        right="must be unique",
    ),
    registry(
        "name too long",
        f"groups: [{{name: {'a' * 43}}}] # HERE",
        path="groups[0].name",
        got='"aaaa',
        right="at most 42 characters",
    ),
    registry(
        "group with a description, which would replace it",
        "groups: [{name: churn, description: Customers}] # HERE",
        path="groups[0].description",
        got=None,
        right="no such key",
    ),
    registry(
        "follower without an account",
        "groups: [{name: churn, followers: [staging]}] # HERE",
        path="groups[0].followers[0]",
        got='"staging"',
        right="must be one of model_registry.followers",
    ),
    registry(
        "follower of no group",
        'groups: [{name: churn}]\nfollowers: {staging: "222222222222"} # HERE',
        path="followers.staging",
        got='"222222222222"',
        right="Add it to followers of a group",
    ),
    registry(
        "follower that is the environment itself",
        'groups: [{name: churn, followers: [base]}]\nfollowers: {base: "123456789012"} # HERE',
        path="followers.base",
        got='"123456789012"',
        right="must be another environment",
    ),
    registry(
        "repository that does not exist",
        """
        followers: {staging: "222222222222"}
        groups:
          - name: churn
            followers: [staging]
            image_repositories: [chrn] # HERE
        """,
        path="groups[0].image_repositories[0]",
        got='"chrn"',
        right="must be one of foundation.image_repositories; did you mean churn?",
    ),
    registry(
        "repository that no follower pulls from",
        "groups: [{name: churn, image_repositories: [churn]}] # HERE",
        path="groups[0].image_repositories[0]",
        got='"churn"',
        right="Add followers, or remove the line",
    ),
    registry(
        "approver without the activity",
        "groups: [{name: churn, approved_by: [data_scientist]}] # HERE",
        path="groups[0].approved_by[0]",
        got='"data_scientist"',
        right="with the activity approve_models: model_approver",
    ),
    registry(
        "group without a risk",
        """\
        governance: {required: true}
        groups:
          - name: churn # HERE
            intended_use: Ranks customers for offers.
        """,
        path="groups[0].risk",
        got=None,
        right="must be given, because model_registry.governance.required is true",
    ),
    registry(
        "group without an intended use",
        """\
        governance: {required: true}
        groups:
          - name: churn # HERE
            risk: low
        """,
        path="groups[0].intended_use",
        got=None,
        right="must be given, because model_registry.governance.required is true",
    ),
    *(
        Bad(
            f"{client} without metadata",
            f"{BASE}{block}model_registry:\n  governance: {{required: true}}\n"
            "  groups: [{name: churn, risk: low, intended_use: Ranks customers.}]\n",
            path,
            "true",
            f"because {client} gives versions no metadata",
        )
        for client, block, path in (
            (
                "MLflow",
                "mlflow: {app: {automatic_model_registration: true}} # HERE\n",
                "mlflow.app.automatic_model_registration",
            ),
            (
                "Canvas",
                "studio: {default_persona: data_scientist, canvas: {}} # HERE\n",
                "studio.canvas.model_register",
            ),
        )
    ),
    registry(
        "unknown risk",
        "groups: [{name: churn, risk: severe}] # HERE",
        path="groups[0].risk",
        got='"severe"',
        right="must be one of low, medium, high",
    ),
    registry(
        "approver of a risk without the activity",
        """\
        governance: {approved_by: {high: [data_scientist]}} # HERE
        groups: [{name: churn}]
        """,
        path="governance.approved_by.high[0]",
        got='"data_scientist"',
        right="with the activity approve_models: model_approver",
    ),
    registry(
        "approver that the risk does not allow",
        """\
        governance: {approved_by: {high: [administrator]}}
        groups:
          - name: churn
            risk: high
            approved_by: [model_approver] # HERE
        """,
        path="groups[0].approved_by[0]",
        got='"model_approver"',
        right="must be one of governance.approved_by.high: administrator",
    ),
    registry(
        "persona that does not exist",
        "groups: [{name: churn, registered_by: [risk]}] # HERE",
        path="groups[0].registered_by[0]",
        got='"risk"',
        right="with the activity register_models: data_scientist",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_fault_is_reported(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
STAGES = {"dev": "development", "staging": "staging", "prod": "production"}
GROUP = "arn:aws:sagemaker:eu-west-1:{}:model-package-group/{}"
ENDPOINT = """\
inference:
  endpoints:
    - name: churn
      instance_type: ml.c7i.large
      model_package:
        {key}: {value} # HERE
"""
SHARED = """\
model_registry:
  followers: {{{name}: "{account}"}}
  groups: [{{name: churn, followers: [{name}]}}]
"""


def environment(folder: Path, name: str, blocks: str, **changes: str) -> str:
    """Write the file of one of three environments, with what its lock file needs."""
    values = {
        "name": name,
        "account": f'"{ACCOUNTS[name]}"',
        "stage": STAGES[name],
        "region": "eu-west-1",
        **changes,
    }
    text = BASE.replace("10.0.0.0", f"10.{len(name)}.0.0").replace(
        "stage: development", "stage: development\nalarm_emails: [ml@example.com]"
    )
    for key, old in (
        ("name", "base"),
        ("account", '"123456789012"'),
        ("stage", "development"),
        ("region", "eu-west-1"),
    ):
        text = text.replace(f"{key}: {old}", f"{key}: {values[key]}")
    if values["region"] != "eu-west-1":
        text = text.replace("eu-west-1", values["region"])
    models = {}
    for line in blocks.splitlines():
        key, _, rest = line.strip().partition(": ")
        wanted = rest.removesuffix("# HERE").strip()
        if key in ("arn", "latest_approved"):
            models[wanted if key == "arn" else f"latest approved of {wanted}"] = {
                "image": "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"
            }
    (folder / f"{name}.lock.json").write_text(json.dumps({"models": models}), "utf-8")
    return write(folder, text + blocks, name)


def follows(value: str, key: str = "latest_approved") -> str:
    return ENDPOINT.format(key=key, value=value)


def shared_with(name: str, account: str | None = None) -> str:
    return SHARED.format(name=name, account=account or ACCOUNTS[name])


OF_DEV = GROUP.format(ACCOUNTS["dev"], "dev-churn")
OF_PROD = GROUP.format(ACCOUNTS["prod"], "prod-churn")
VERSION = f"arn:aws:sagemaker:eu-west-1:{ACCOUNTS['dev']}:model-package/dev-churn/7"


def the_fault(tmp_path: Path, blocks: dict[str, str], at_fault: str, path: str) -> str:
    """Load environments with one fault; return what is told after the place and the key."""
    files = [environment(tmp_path, name, block) for name, block in blocks.items()]
    file = str(tmp_path / f"{at_fault}.yaml")
    line = line_of_mark(Path(file).read_text("utf-8"))

    [message] = faults(*files)

    start = f"{file}:{line}: {path}: "
    assert message.startswith(start), message
    return message.removeprefix(start)


MODEL = "inference.endpoints[0].model_package.latest_approved"


def test_followers_that_fit_load(tmp_path: Path) -> None:
    owner = """\
model_registry:
  followers: {staging: "222222222222", prod: "333333333333"}
  groups: [{name: churn, followers: [staging, prod]}]
"""
    files = [
        # Its own group by its name, and another that was made by hand.
        environment(tmp_path, "dev", owner + follows("dev-churn")),
        environment(tmp_path, "staging", follows(OF_DEV)),
        environment(tmp_path, "prod", follows(VERSION, "arn")),
    ]

    assert len(load_environments(files=files)) == 3


def test_packages_of_unloaded_environments_are_not_checked(tmp_path: Path) -> None:
    [one] = load_environments(files=[environment(tmp_path, "staging", follows(OF_PROD))])

    assert one.name == "staging"


def test_group_made_by_hand_stays_allowed_in_its_account(tmp_path: Path) -> None:
    files = [
        environment(tmp_path, "dev", shared_with("staging") + follows("by-hand")),
        environment(tmp_path, "staging", follows(OF_DEV)),
    ]

    assert len(load_environments(files=files)) == 2


@pytest.mark.parametrize(
    ("blocks", "at_fault", "right"),
    [
        pytest.param(
            {
                "dev": shared_with("staging"),
                "staging": follows(GROUP.format(ACCOUNTS["dev"], "dev-chrn")),
            },
            "staging",
            "must be a group of the model_registry of dev, which has dev-churn. Use one of "
            "them, or add the group there; did you mean dev-churn?",
            id="group that its environment does not have",
        ),
        pytest.param(
            {"dev": "", "staging": follows(OF_DEV)},
            "staging",
            "must be a group of the model_registry of dev, which has none",
            id="owner without a registry",
        ),
        pytest.param(
            {"dev": shared_with("prod"), "staging": follows(OF_DEV)},
            "staging",
            "must be a group that is shared with staging. Add staging to followers of the group "
            "churn in the model_registry of dev",
            id="group that is not shared",
        ),
        pytest.param(
            {"prod": "model_registry: {groups: [{name: churn}]}\n", "staging": follows(OF_PROD)},
            "staging",
            "must not promote from prod (production) to staging (staging)",
            id="later stage",
        ),
        pytest.param(
            {"dev": shared_with("staging") + follows("churn"), "staging": ""},
            "dev",
            "must be dev-churn, the name of the group in SageMaker",
            id="name without the environment's",
        ),
    ],
)
def test_group_that_cannot_be_followed(
    tmp_path: Path, blocks: dict[str, str], at_fault: str, right: str
) -> None:
    assert right in the_fault(tmp_path, blocks, at_fault, MODEL)


def test_version_that_is_not_shared(tmp_path: Path) -> None:
    blocks = {"dev": shared_with("prod"), "staging": follows(VERSION, "arn")}
    path = "inference.endpoints[0].model_package.arn"

    assert "Add staging to followers" in the_fault(tmp_path, blocks, "staging", path)


@pytest.mark.parametrize(
    ("owner", "follower", "account", "right"),
    [
        ("dev", "staging", "999999999999", "must be 222222222222, the account of staging"),
        ("prod", "staging", "222222222222", "from prod (production) to staging (staging)"),
    ],
)
def test_follower_that_cannot_be_one(
    tmp_path: Path, owner: str, follower: str, account: str, right: str
) -> None:
    block = f"""\
model_registry:
  groups: [{{name: churn, followers: [{follower}]}}]
  followers:
    {follower}: "{account}" # HERE
"""
    blocks = {owner: block, follower: ""}

    message = the_fault(tmp_path, blocks, owner, f"model_registry.followers.{follower}")
    assert message.startswith(f'got "{account}"; ')
    assert right in message


def test_follower_in_another_region(tmp_path: Path) -> None:
    files = [
        environment(tmp_path, "dev", shared_with("staging")),
        environment(tmp_path, "staging", "", region="eu-central-1"),
    ]

    [message] = faults(*files)

    assert "must be an environment in eu-west-1, where the registry is" in message


def test_environments_that_follow_each_other(tmp_path: Path) -> None:
    of_staging = GROUP.format(ACCOUNTS["staging"], "staging-churn")
    files = [
        environment(tmp_path, "dev", shared_with("staging") + follows(of_staging)),
        environment(tmp_path, "staging", shared_with("dev") + follows(OF_DEV), stage="development"),
    ]

    messages = faults(*files)

    assert len(messages) == 2
    for one, other in zip(messages, ["staging", "dev"], strict=True):
        assert f"must not be a group of {other}" in one
        assert "models move in one direction" in one
