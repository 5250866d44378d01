"""Faults in what Studio takes through SageMaker's API only."""

from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, added, check, faults, write

PROFILE = "arn:aws:codewhisperer:eu-central-1:123456789012:profile/ABC"


def user(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a domain whose users may choose 60 to 480 minutes, and one user."""
    block = f"studio:\n  users:\n    - name: alice\n      {lines}\n"
    return added(id, block, path=f"studio.users[0].{path}", got=got, right=right)


def studio(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    return added(id, f"studio:\n  {lines}\n", path=f"studio.{path}", got=got, right=right)


BAD = [
    user(
        "idle time of a user below the domain's least",
        "idle_shutdown: {min_minutes: 30}  # HERE",
        path="idle_shutdown.min_minutes",
        got="30",
        right="60",
    ),
    user(
        "idle time of a user above the domain's most",
        "idle_shutdown: {max_minutes: 500}  # HERE",
        path="idle_shutdown.max_minutes",
        got="500",
        right="must be from 60, the least of this user, to 480, the most of the domain",
    ),
    user(
        "least of a user above the domain's most",
        "idle_shutdown: {min_minutes: 481}  # HERE",
        path="idle_shutdown.min_minutes",
        got="481",
        right="must be from 60 to 480, the range of the domain",
    ),
    user(
        "most of a user below their own least",
        "idle_shutdown: {min_minutes: 120, max_minutes: 90}  # HERE",
        path="idle_shutdown.max_minutes",
        got="90",
        right="must be from 120, the least of this user",
    ),
    user(
        "default of a user above their own most",
        "idle_shutdown: {default_minutes: 240, max_minutes: 120}  # HERE",
        path="idle_shutdown.default_minutes",
        got="240",
        right="must be from 60 to 120, the range of this user",
    ),
    user(
        "default of a user above the domain's most",
        "idle_shutdown: {default_minutes: 720}  # HERE",
        path="idle_shutdown.default_minutes",
        got="720",
        right="must be from 60 to 480",
    ),
    user(
        "canvas of a user without the domain's",
        "canvas: {direct_deploy: true}  # HERE",
        path="canvas",
        got=None,
        right="requires canvas in the domain. Add `canvas: {}` to studio",
    ),
    user(
        "workspace of a single user",
        "canvas: {workspace_prefix: alice}  # HERE",
        path="canvas.workspace_prefix",
        got=None,
        right="no such key",
    ),
    studio(
        "identity propagation without Identity Center",
        "trusted_identity_propagation: true  # HERE",
        path="trusted_identity_propagation",
        got="true",
        right="needs auth_mode SSO",
    ),
    studio(
        "Amazon Q without Identity Center",
        f"amazon_q_profile_arn: {PROFILE}  # HERE",
        path="amazon_q_profile_arn",
        got=f'"{PROFILE}"',
        right="needs auth_mode SSO",
    ),
    studio(
        "profile of Amazon Q that is none",
        "amazon_q_profile_arn: ABCDEF  # HERE",
        path="amazon_q_profile_arn",
        got='"ABCDEF"',
        right="must be the ARN of a profile of Amazon Q Developer",
    ),
    studio(
        "registry of another account while registering is off",
        "canvas:\n    model_register: false\n    cross_account_model_register_role_arn: "
        "arn:aws:iam::123456789012:role/registry  # HERE",
        path="canvas.cross_account_model_register_role_arn",
        got='"arn:aws:iam::123456789012:role/registry"',
        right="belongs to model_register: true",
    ),
    studio(
        "registry role that is no role",
        "canvas: {cross_account_model_register_role_arn: registry}  # HERE",
        path="canvas.cross_account_model_register_role_arn",
        got='"registry"',
        right="must be the ARN of an IAM role",
    ),
    studio(
        "prefix of the workspace with a slash at its end",
        "canvas: {workspace_prefix: canvas/}  # HERE",
        path="canvas.workspace_prefix",
        got='"canvas/"',
        right="must be letters, digits, _ and -, with single slashes between",
    ),
    added(
        "persona that uses Canvas without Canvas",
        "personas:\n  analyst:\n    activities: [run_studio_apps, use_canvas]  # HERE\n",
        path="personas.analyst.activities[1]",
        got='"use_canvas"',
        right="requires a `canvas` block in `studio`; add one to this environment",
    ),
    studio(
        "report of apps after no time at all",
        "app_report: {max_hours: 0}  # HERE",
        path="app_report.max_hours",
        got="0",
        right="1",
    ),
    studio(
        "report of apps at an hour that no day has",
        "app_report: {hour_utc: 24}  # HERE",
        path="app_report.hour_utc",
        got="24",
        right="23",
    ),
    studio(
        "report of apps by what it does not know",
        "app_report: {metrics_by: [team]}  # HERE",
        path="app_report.metrics_by[0]",
        got='"team"',
        right="app_type",
    ),
    studio(
        "report of apps split twice by the same",
        "app_report: {metrics_by: [user, user]}  # HERE",
        path="app_report.metrics_by",
        got='["user", "user"]',
        right="names one twice",
    ),
    studio(
        "idle time of a space beyond what its owner may choose",
        "users: [{name: alice, idle_shutdown: {max_minutes: 120}}]\n  spaces:\n"
        "    - {name: lab, owner: alice, idle_minutes: 180}  # HERE",
        path="spaces[0].idle_minutes",
        got="180",
        right="must be from 60 to 120, the range of alice",
    ),
    studio(
        "canvas without a block",
        "canvas: true  # HERE",
        path="canvas",
        got="true",
        right="must be a block of keys and values",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_a_fault_is_reported_in_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_alarms_in_production_need_somebody(tmp_path: Path) -> None:
    production = BASE.replace("stage: development", "stage: production  # HERE")
    text = f"{production}alarm_emails: []\nstudio:\n  app_report: {{}}\n"
    [message] = faults(write(tmp_path, text))
    assert (
        "alarm_emails: got []; must have an address, because the report of Studio apps" in message
    )
