"""The data lake settings of the account: this handler adds to them and never replaces them.

The API has one list of administrators for the account, which is read and written as a whole. A
parameter of this stack records the administrators that it added; it is written before the list.
So the handler never removes an administrator that it did not add.
"""

import json
import logging
import re
from collections.abc import Iterable, Sequence

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item, wait_until
from .calls import NEW_PRINCIPAL_SECONDS

# Time-out of writing the list while other stacks write it too.
_CONFLICT_TIMEOUT_SECONDS = 120.0
# Time after which a stack that read the list before this one has written it.
_SETTLE_SECONDS = 3.0
_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)")

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def put(properties: Item, caller: Caller) -> None:
    """Add administrators to those of the account, and close the defaults.

    Args:
        properties: `Administrators`, ARNs; `Parameter`, name of the parameter that records which
            were added; `CloseDefaults`, whether new databases and tables have no default
            permissions; `CrossAccountVersion`, which is only raised; and `FullTableAccess`,
            whether engines may read whole tables, which is never revoked.
        caller: calls AWS.
    """
    _change(properties, properties["Administrators"], caller)


def remove(properties: Item, caller: Caller) -> None:
    """Remove the administrators that were added; keep the defaults and the version."""
    _change({"Parameter": properties["Parameter"]}, [], caller)
    caller.call("parameter", client("ssm").delete_parameter, Name=properties["Parameter"])


def _change(properties: Item, wanted: Sequence[str], caller: Caller) -> None:
    parameter = properties["Parameter"]
    added = _read_added(parameter, caller)

    def attempt() -> None:
        nonlocal added
        settings = _read(caller)
        present = [admin["DataLakePrincipalIdentifier"] for admin in settings["DataLakeAdmins"]]
        new = [arn for arn in wanted if arn not in present]
        if not set(new) <= set(added):
            added = sorted({*added, *new})
            _write_added(parameter, added, caller)
        unwanted = {arn for arn in added if arn not in wanted}
        admins = [arn for arn in present if arn not in unwanted] + new
        changed = _with_admins(settings, admins)
        _close_defaults(changed, properties)
        if changed != settings:
            _write(changed, admins, wanted, caller)
            # Another stack that read before this one may write after it.
            raise PendingError(["the data lake administrators were just written"])
        _write_added(parameter, [arn for arn in added if arn in wanted], caller)

    try:
        wait_until(
            attempt,
            timeout_seconds=_CONFLICT_TIMEOUT_SECONDS,
            delay_seconds=_SETTLE_SECONDS,
            max_delay_seconds=_SETTLE_SECONDS,
            retry_if=lambda error: isinstance(error, PendingError),
        )
    except PendingError as error:
        raise CustomResourceError(
            "other stacks changed the data lake administrators of the account for "
            f"{_CONFLICT_TIMEOUT_SECONDS:.0f} seconds. Deploy again"
        ) from error


def _close_defaults(settings: Item, properties: Item) -> None:
    if properties.get("CloseDefaults") == "true":
        settings["CreateDatabaseDefaultPermissions"] = []
        settings["CreateTableDefaultPermissions"] = []
    if properties.get("FullTableAccess") == "true":
        settings["AllowFullTableExternalDataAccess"] = True
    wanted = properties.get("CrossAccountVersion")
    parameters = settings.get("Parameters") or {}
    # A lower version would delete shares of other stacks.
    if wanted and int(wanted) > int(parameters.get("CROSS_ACCOUNT_VERSION", "0")):
        settings["Parameters"] = {**parameters, "CROSS_ACCOUNT_VERSION": wanted}


def _read(caller: Caller) -> Item:
    answer = caller.require("settings", client("lakeformation").get_data_lake_settings)
    settings: Item = answer.get("DataLakeSettings") or {}
    return {**settings, "DataLakeAdmins": settings.get("DataLakeAdmins") or []}


def _with_admins(settings: Item, admins: Iterable[str]) -> Item:
    return {
        **settings,
        "DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn} for arn in admins],
    }


def _write(settings: Item, admins: Sequence[str], wanted: Sequence[str], caller: Caller) -> None:
    put_settings = client("lakeformation").put_data_lake_settings
    remaining = list(admins)

    def attempt() -> None:
        try:
            written = _with_admins(settings, remaining)
            caller.require("settings", put_settings, DataLakeSettings=written)
        except CustomResourceError as error:
            if error.code != "InvalidInputException":
                raise
            # Lake Formation refuses the whole list if one of the principals was deleted.
            deleted = sorted({arn for arn in remaining if not _exists(arn, caller)} - set(wanted))
            if deleted:
                _LOG.warning("no longer administrators, deleted: %s", ", ".join(deleted))
                remaining[:] = [arn for arn in remaining if arn not in deleted]
            raise

    try:
        wait_until(
            attempt,
            timeout_seconds=NEW_PRINCIPAL_SECONDS,
            retry_if=_is_invalid_input,
        )
    except CustomResourceError as error:
        if not _is_invalid_input(error):
            raise
        raise CustomResourceError(
            f"Lake Formation refuses the administrators {', '.join(wanted)}: "
            f"{error.aws_message}. Correct the administrators in the settings",
            error.code,
            error.aws_message,
        ) from error


def _is_invalid_input(error: Exception) -> bool:
    return isinstance(error, CustomResourceError) and error.code == "InvalidInputException"


def _exists(arn: str, caller: Caller) -> bool:
    """Return whether a role or user exists; assumed for principals of other accounts."""
    match = _ARN.fullmatch(arn)
    if match is None:
        # Lake Formation shows the unique ID of a role or user that was deleted.
        return not re.fullmatch(r"A(ROA|IDA)[A-Z0-9]+", arn)
    if match[1] != caller.require("account", client("sts").get_caller_identity)["Account"]:
        return True
    iam = client("iam")
    if match[2] == "role":
        return caller.call("administrator", iam.get_role, RoleName=match[3]) is not None
    return caller.call("administrator", iam.get_user, UserName=match[3]) is not None


def _read_added(parameter: str, caller: Caller) -> list[str]:
    answer = caller.call("parameter", client("ssm").get_parameter, Name=parameter)
    found: list[str] = json.loads(answer["Parameter"]["Value"]) if answer else []
    return found


def _write_added(parameter: str, added: Sequence[str], caller: Caller) -> None:
    caller.require(
        "parameter",
        client("ssm").put_parameter,
        Name=parameter,
        Value=json.dumps(sorted(added)),
        Type="String",
        Overwrite=True,
        Description="Data lake administrators that this environment added",
    )
