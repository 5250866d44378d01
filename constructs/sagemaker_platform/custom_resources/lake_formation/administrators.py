"""The account's data lake settings: added to, never replaced.

The API has one list of administrators for the account, to be read and written as a whole. What
this stack added is remembered in a parameter of its own, written before the list is: whatever
was there before is never removed, whoever else names it.
"""

import json
import logging
import re
from collections.abc import Iterable, Sequence

from ..common.calls import PAUSES, Caller, Item, RefusedError, client, pause

# How often the list is written until it holds: another stack may write it at the same time.
_ATTEMPTS = 6
# Seconds after which another writer that read before us has written too.
_SETTLED = 3
# Pauses for a role that is so new that Lake Formation does not know it.
_PATIENCE = 5
_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)")

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def put(properties: Item, caller: Caller) -> None:
    """Let the administrators be among those of the account, and close the defaults.

    Args:
        properties: `Administrators`, ARNs; `Parameter`, where to remember which were added;
            `CloseDefaults`, whether new databases and tables are open to nobody;
            `CrossAccountVersion`, which only ever goes up; and `FullTableAccess`, whether engines
            may ask for whole tables, which is never taken back.
        caller: calls AWS.
    """
    _change(properties, properties["Administrators"], caller)


def remove(properties: Item, caller: Caller) -> None:
    """Take out the administrators that were added; defaults and version stay as they are."""
    _change({"Parameter": properties["Parameter"]}, [], caller)
    caller.call("memory", client("ssm").delete_parameter, Name=properties["Parameter"])


def _change(properties: Item, wanted: Sequence[str], caller: Caller) -> None:
    parameter = properties["Parameter"]
    added = _remembered(parameter, caller)
    for _ in range(_ATTEMPTS):
        settings = _read(caller)
        present = [admin["DataLakePrincipalIdentifier"] for admin in settings["DataLakeAdmins"]]
        new = [arn for arn in wanted if arn not in present]
        if not set(new) <= set(added):
            added = sorted({*added, *new})
            _remember(parameter, added, caller)
        unwanted = {arn for arn in added if arn not in wanted}
        admins = [arn for arn in present if arn not in unwanted] + new
        changed = _with_admins(settings, admins)
        _close(changed, properties)
        if changed != settings:
            _write(changed, admins, wanted, caller)
            pause(_SETTLED)
            continue
        _remember(parameter, [arn for arn in added if arn in wanted], caller)
        return
    raise RefusedError(
        f"the data lake administrators of the account were changed by others {_ATTEMPTS} times "
        "while this stack changed them; deploy again"
    )


def _close(settings: Item, properties: Item) -> None:
    if properties.get("CloseDefaults") == "true":
        settings["CreateDatabaseDefaultPermissions"] = []
        settings["CreateTableDefaultPermissions"] = []
    if properties.get("FullTableAccess") == "true":
        settings["AllowFullTableExternalDataAccess"] = True
    wanted = properties.get("CrossAccountVersion")
    parameters = settings.get("Parameters") or {}
    # A lower version would take shares of others away.
    if wanted and int(wanted) > int(parameters.get("CROSS_ACCOUNT_VERSION", "0")):
        settings["Parameters"] = {**parameters, "CROSS_ACCOUNT_VERSION": wanted}


def _read(caller: Caller) -> Item:
    answer = caller.need("settings", client("lakeformation").get_data_lake_settings)
    settings: Item = answer.get("DataLakeSettings") or {}
    return {**settings, "DataLakeAdmins": settings.get("DataLakeAdmins") or []}


def _with_admins(settings: Item, admins: Iterable[str]) -> Item:
    return {
        **settings,
        "DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn} for arn in admins],
    }


def _write(settings: Item, admins: Sequence[str], wanted: Sequence[str], caller: Caller) -> None:
    put_settings = client("lakeformation").put_data_lake_settings
    for seconds in (*PAUSES[:_PATIENCE], 0):
        try:
            caller.need("settings", put_settings, DataLakeSettings=_with_admins(settings, admins))
            return
        except RefusedError as error:
            if error.code != "InvalidInputException":
                raise
            # A list with somebody who was deleted is refused as a whole.
            gone = sorted({arn for arn in admins if not _exists(arn, caller)} - set(wanted))
            if gone:
                _LOG.warning("no longer there, so no longer administrators: %s", ", ".join(gone))
                admins = [arn for arn in admins if arn not in gone]
            elif not seconds:
                raise RefusedError(
                    f"Lake Formation refuses its settings with the administrators "
                    f"{', '.join(wanted)}: {error.said}"
                ) from error
            # Or of somebody who is so new that Lake Formation has not heard of them.
            else:
                pause(seconds)


def _exists(arn: str, caller: Caller) -> bool:
    """Whether a role or user of this account exists; of what cannot be asked it is assumed."""
    match = _ARN.fullmatch(arn)
    if match is None:
        # Lake Formation shows the unique id of a role or user that is gone.
        return not re.fullmatch(r"A(ROA|IDA)[A-Z0-9]+", arn)
    if match[1] != caller.need("account", client("sts").get_caller_identity)["Account"]:
        return True
    iam = client("iam")
    if match[2] == "role":
        return caller.call("administrator", iam.get_role, RoleName=match[3]) is not None
    return caller.call("administrator", iam.get_user, UserName=match[3]) is not None


def _remembered(parameter: str, caller: Caller) -> list[str]:
    answer = caller.call("memory", client("ssm").get_parameter, Name=parameter)
    found: list[str] = json.loads(answer["Parameter"]["Value"]) if answer else []
    return found


def _remember(parameter: str, added: Sequence[str], caller: Caller) -> None:
    caller.need(
        "memory",
        client("ssm").put_parameter,
        Name=parameter,
        Value=json.dumps(sorted(added)),
        Type="String",
        Overwrite=True,
        Description="Data lake administrators that this environment added",
    )
