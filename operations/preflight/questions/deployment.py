"""Whether the account can be deployed to: bootstrap, stacks, and the rights of the deploy role."""

import json
import re
from collections.abc import Iterator

from operations.access.reference import actions
from operations.account import NotFoundInAccountError
from operations.assembly import Json
from operations.preflight.answer import Answer, failed, not_checked, passed, warning
from operations.preflight.target import Target

# States that an update cannot begin in.
_REMEDIES = {
    "ROLLBACK_COMPLETE": "its first deployment failed; delete the stack, then deploy",
    "ROLLBACK_FAILED": "delete the stack, then deploy",
    "DELETE_FAILED": "delete it again; CloudFormation's events say what it could not delete",
    "UPDATE_ROLLBACK_FAILED": "continue its rollback in CloudFormation, then deploy",
    "REVIEW_IN_PROGRESS": "execute or delete its change set, then deploy",
}
_AT_ONCE = 100  # actions of one simulation
# What the deploy role cannot do without; each is asked for with the resources of the environment.
_CREATES = re.compile(r"AWS::(\w+)::(\w+)")
_PREFIXES = {
    "RedshiftServerless": "redshift-serverless",
    "Events": "events",
    "CloudWatch": "cloudwatch",
}


def bootstrap(target: Target) -> Iterator[Answer]:
    """The account is bootstrapped for the CDK, recently enough."""
    wanted, parameter = _bootstrap_of(target)
    try:
        found = target.account.ask("ssm", "get_parameter", Name=parameter)
    except NotFoundInAccountError:
        command = f"npx cdk bootstrap aws://{target.account_id}/{target.region}"
        yield failed("bootstrap", f"the account is not bootstrapped in this region: `{command}`")
        return
    version = int(found["Parameter"]["Value"])
    if version < wanted:
        yield failed("bootstrap", f"version {version}, and {wanted} is needed: bootstrap again")
    else:
        yield passed("bootstrap", f"version {version}")


def _bootstrap_of(target: Target) -> tuple[int, str]:
    manifest: Json = json.loads(
        (target.stage.stacks[0].file.parent / "manifest.json").read_text("utf-8")
    )
    properties = [one.get("properties", {}) for one in manifest["artifacts"].values()]
    known = [one for one in properties if "requiresBootstrapStackVersion" in one]
    wanted = max((int(one["requiresBootstrapStackVersion"]) for one in known), default=0)
    names = [one.get("bootstrapStackVersionSsmParameter") for one in known]
    return wanted, next((str(one) for one in names if one), "/cdk-bootstrap/hnb659fds/version")


def stacks(target: Target) -> Iterator[Answer]:
    """Stacks that are there can be updated."""
    for name, state in target.states.items():
        subject = f"stack {target.stage.name}-{name}"
        if remedy := _REMEDIES.get(state):
            yield failed(subject, f"{state}: {remedy}")
        elif state.endswith("IN_PROGRESS"):
            yield warning(subject, f"{state}: wait until it is done")
    there = sum(bool(state) for state in target.states.values())
    yield passed("stacks", f"{there} of {len(target.states)} are there")


def rights(target: Target) -> Iterator[Answer]:
    """Service control policies and the role's own let CloudFormation create what is new."""
    types = {one for stack in target.stage.stacks for one in stack.resource_types()}
    wanted = sorted(
        action for one in types if (action := _create_action(one)) and action.lower() in actions()
    )
    role = f"arn:aws:iam::{target.account_id}:role/cdk-hnb659fds-cfn-exec-role-" + (
        f"{target.account_id}-{target.region}"
    )
    denied: dict[str, list[str]] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        found = target.account.ask(
            "iam", "simulate_principal_policy", PolicySourceArn=role, ActionNames=some
        )
        for one in found["EvaluationResults"]:
            if one["EvalDecision"] != "allowed":
                organization = one.get("OrganizationsDecisionDetail", {})
                by = (
                    "a policy of the organization"
                    if organization.get("AllowedByOrganizations") is False
                    else "its own policies"
                )
                denied.setdefault(by, []).append(one["EvalActionName"])
    for by, every in denied.items():
        yield failed("rights of CloudFormation's role", f"{by} denies {', '.join(every)}")
    if not denied:
        yield passed("rights of CloudFormation's role", f"{len(wanted)} create actions allowed")
    yield not_checked(
        "conditions of service control policies", "AWS simulates them without the request"
    )


def _create_action(resource_type: str) -> str:
    found = _CREATES.fullmatch(resource_type)
    if not found:
        return ""
    service = _PREFIXES.get(found[1], found[1].lower())
    return f"{service}:Create{found[2]}"
