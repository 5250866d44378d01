"""Who registered a version, and who approved it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from operations.account import Account
from operations.assembly import Json
from operations.trace.hop import Hop, Hops, Reason, attempt

_DESCRIBED = "sagemaker describe-model-package"
_LOOKED_UP = "cloudtrail lookup-events"


def registered_by(hops: Hops, package: Json) -> Hop:
    """Return who registered a version."""
    who = _person(package.get("CreatedBy", {}))
    if not who:
        return hops.unknown("registered by", "the package does not say", call=_DESCRIBED)
    return hops.known(
        "registered by", who, f"on {package['CreationTime']:%Y-%m-%d %H:%M}", call=_DESCRIBED
    )


def approver(hops: Hops, package: Json, owner: Account | None, foreign: str) -> Hop:
    """Return who approved a version.

    The package says who changed it last, which any later change overwrites. So CloudTrail is
    asked, which keeps the events of 90 days.

    Args:
        hops: of the variant or component.
        package: the version.
        owner: asks the account of the registry; None if its credentials are missing.
        foreign: what to do about it then.
    """
    status = package.get("ModelApprovalStatus")
    if status != "Approved":
        return hops.unknown(
            "approver", f"nothing says that it was approved: it is {status}", call=_DESCRIBED
        )
    why = str(package.get("ApprovalDescription") or "")
    event = Reason(foreign) if owner is None else attempt(lambda: _approval(owner, package))
    if isinstance(event, dict):
        who = event.get("userIdentity", {})
        detail = f"on {event['eventTime']}, the newest approval{f': {why}' if why else ''}"
        name = who.get("arn") or who.get("principalId") or "?"
        identity = who.get("sessionContext", {}).get("sourceIdentity")
        return hops.known(
            "approver", f"{name} ({identity})" if identity else name, detail, call=_LOOKED_UP
        )
    reason = event.text if event else "CloudTrail, which keeps 90 days, has no approval of it"
    last = _person(package.get("LastModifiedBy", {}))
    if last:
        return hops.unknown(
            "approver",
            f"{last} changed the package last, and may have approved it: {reason}",
            call=_DESCRIBED,
        )
    if (made := _person(package.get("CreatedBy", {}))) and "LastModifiedTime" not in package:
        return hops.known("approver", made, "it was registered as approved", call=_DESCRIBED)
    return hops.unknown("approver", reason, call=_DESCRIBED)


def _approval(owner: Account, package: Json) -> Json | None:
    """Return the newest event of CloudTrail that approved a version; None if there is none."""
    registered: datetime = package["CreationTime"]
    changed: datetime = package.get("LastModifiedTime", registered)
    events = owner.every(
        "cloudtrail",
        "lookup_events",
        "Events",
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UpdateModelPackage"}],
        StartTime=registered,
        # The event may carry a later second than the package.
        EndTime=changed + timedelta(minutes=15),
    )
    for one in events:
        event: Json = json.loads(one["CloudTrailEvent"])
        asked = event.get("requestParameters") or {}
        if (
            asked.get("modelPackageArn") == package["ModelPackageArn"]
            and asked.get("modelApprovalStatus") == "Approved"
            and not event.get("errorCode")
        ):
            return event
    return None


def _person(who: Json) -> str:
    identity = who.get("IamIdentity", {})
    name = who.get("UserProfileName") or ""
    arn = identity.get("Arn") or ""
    source = identity.get("SourceIdentity")
    shown = arn or name
    if source or (arn and name):
        shown += f" ({source or name})"
    return shown
