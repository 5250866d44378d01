"""What an account has for audit: a trail of the organization, and a session of Macie."""

from collections.abc import Iterator
from typing import Any

from operations.account import NotAnsweredError, NotFoundInAccountError
from operations.preflight.answer import Answer, failed, not_checked, passed, warning
from operations.preflight.target import Target

_OUTPUT = "OrganizationTrailArn"
_TRAIL, _MACIE = "trail of the organization", "session of Macie"


def organization_trail(target: Target) -> Iterator[Answer]:
    """The trail of the organization is there, and records calls on data."""
    for stack in target.stage.stacks:
        arn = stack.template().get("Outputs", {}).get(_OUTPUT, {}).get("Value")
        if isinstance(arn, str):
            yield _trail(target, arn)


def _trail(target: Target, arn: str) -> Answer:
    # The organization's trails are shadows in the accounts of its members.
    found = target.account.ask(
        "cloudtrail", "describe_trails", trailNameList=[arn], includeShadowTrails=True
    )["trailList"]
    if not found:
        return failed(_TRAIL, f"the account does not see {arn}: correct audit.organization_trail")
    if not found[0].get("IsOrganizationTrail"):
        return failed(_TRAIL, f"{arn} is the trail of one account: give that of the organization")
    try:
        answer = target.account.ask("cloudtrail", "get_event_selectors", TrailName=arn)
    except NotFoundInAccountError:
        return failed(_TRAIL, f"there is no {arn}: correct audit.organization_trail")
    # Importing the CDK takes time.
    from sagemaker_platform.audit import DATA_EVENTS

    recorded = set(_recorded(answer))
    missing = sorted(name for name, kinds in DATA_EVENTS.items() if not recorded & set(kinds))
    if missing:
        return warning(
            _TRAIL,
            f"it records no calls on data of {', '.join(missing)}: ask its owner for their data "
            "events",
        )
    return passed(_TRAIL, "it records calls on data")


def _recorded(answer: Any) -> Iterator[str]:
    """Yield the types of resources whose data events a trail records."""
    for one in answer.get("AdvancedEventSelectors") or ():
        for field in one.get("FieldSelectors") or ():
            if field.get("Field") == "resources.type":
                yield from field.get("Equals") or ()
    for one in answer.get("EventSelectors") or ():
        yield from (resource["Type"] for resource in one.get("DataResources") or ())


def macie(target: Target) -> Iterator[Answer]:
    """A session of Macie is not there before a stack makes it; a region of an account has one."""
    if not any(True for _ in target.new("AWS::Macie::Session")):
        return
    try:
        status = target.account.ask("macie2", "get_macie_session").get("status")
    except NotAnsweredError as error:
        # The API answers alike if Macie is off.
        yield not_checked(_MACIE, f"Macie is off, or {error}")
    else:
        yield failed(_MACIE, f"it is {status}, and a region has one: give `macie: exists`")
