"""Grants, opt-ins, and the end of what everybody was granted."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from ..common.calls import Caller, Item, LaterError, RefusedError, client
from .calls import need_for_somebody_new
from .targets import resource_of

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def put(properties: Item, old: Item, caller: Caller) -> None:
    """Let a principal have exactly these permissions on a target, of those that we gave it.

    New permissions are given before old ones are taken, so that nobody is without in between.
    A grant that fails half-way is taken back as far as it went, since CloudFormation does not
    delete what was never made.

    Args:
        properties: `Principal`, `Target`, `Permissions` (none for an opt-in alone), `Grantable`
            (those that the principal may pass on) and `OptIn`, whether Lake Formation decides
            for it in hybrid mode.
        old: the properties before this change; empty when there were none.
        caller: calls AWS.
    """
    try:
        if properties["Permissions"]:
            _grant(properties, properties["Permissions"], properties.get("Grantable", []), caller)
        if properties.get("OptIn") == "true":
            _opt_in(properties, caller)
    except Exception:
        if not old:
            _LOG.warning("taken back: %s", properties)
            # What went wrong first is what has to be told.
            with suppress(RefusedError, LaterError):
                remove(properties, caller)
        raise
    if not old:
        return
    permissions, grantable = properties["Permissions"], properties.get("Grantable", [])
    not_grantable = [name for name in old.get("Grantable", []) if name not in grantable]
    lost = [name for name in old["Permissions"] if name not in permissions]
    # The right to pass a permission on goes only with the permission.
    _revoke(old, sorted({*lost, *not_grantable}), not_grantable, caller)
    if kept := [name for name in not_grantable if name in permissions]:
        _grant(properties, kept, [], caller)
    if old.get("OptIn") == "true" and properties.get("OptIn") != "true":
        _opt_out(old, caller)


def remove(properties: Item, caller: Caller) -> None:
    """Take the permissions back; principals and targets that are gone have none."""
    if properties.get("OptIn") == "true":
        _opt_out(properties, caller)
    _revoke(properties, properties["Permissions"], properties.get("Grantable", []), caller)


def close(properties: Item, caller: Caller) -> None:
    """Take from everybody in the account what a database and its tables were open to.

    A database made while the account's defaults were open, and each of its tables, leave it to
    IAM who uses them. What a table gave is with the table: nothing says that Lake Formation shows
    it with all tables of the database.

    Args:
        properties: `Database`.
        caller: calls AWS.
    """
    of_database = {"Database": properties["Database"]}
    tables = caller.pages(
        client("glue").get_tables, "TableList", DatabaseName=properties["Database"]
    )
    targets = [
        {**of_database, "Type": "Database"},
        {**of_database, "Type": "Tables"},
        *({**of_database, "Type": "Table", "Table": table["Name"]} for table in tables),
    ]
    for target in targets:
        found = caller.pages(
            client("lakeformation").list_permissions,
            "PrincipalResourcePermissions",
            Resource=resource_of(target),
            MaxResults=100,
        )
        for entry in list(found):
            principal = entry["Principal"]["DataLakePrincipalIdentifier"]
            if principal == EVERYBODY and entry.get("Permissions"):
                _call_revoke(entry["Resource"], principal, entry["Permissions"], [], caller)


def _grant(
    properties: Item, permissions: Sequence[str], grantable: Sequence[str], caller: Caller
) -> None:
    need_for_somebody_new(
        caller,
        "grant",
        client("lakeformation").grant_permissions,
        Principal={"DataLakePrincipalIdentifier": properties["Principal"]},
        Resource=resource_of(properties["Target"]),
        Permissions=list(permissions),
        PermissionsWithGrantOption=list(grantable),
    )


def _revoke(
    properties: Item, permissions: Sequence[str], grantable: Sequence[str], caller: Caller
) -> None:
    if permissions or grantable:
        resource = resource_of(properties["Target"])
        _call_revoke(resource, properties["Principal"], permissions, grantable, caller)


def _call_revoke(
    resource: Item,
    principal: str,
    permissions: Sequence[str],
    grantable: Sequence[str],
    caller: Caller,
) -> None:
    try:
        caller.call(
            "grant",
            client("lakeformation").revoke_permissions,
            Principal={"DataLakePrincipalIdentifier": principal},
            Resource=resource,
            Permissions=list(permissions),
            PermissionsWithGrantOption=list(grantable),
        )
    except RefusedError as error:
        if not _holds_none(error):
            raise
        _LOG.info("nothing to take from %s: %s", principal, error.said)


def _holds_none(error: RefusedError) -> bool:
    """Whether a principal is gone, or has no such permission."""
    message = error.said.lower()
    return error.code == "InvalidInputException" and any(
        words in message
        for words in ("invalid principal", "no permissions revoked", "does not have")
    )


def _opt_in(properties: Item, caller: Caller) -> None:
    formation = client("lakeformation")
    of = _principal_and_resource(properties)
    for found in caller.pages(
        formation.list_lake_formation_opt_ins, "LakeFormationOptInsInfoList", MaxResults=100, **of
    ):
        if found.get("Principal") == of["Principal"]:
            return
    need_for_somebody_new(caller, "opt-in", formation.create_lake_formation_opt_in, **of)


def _opt_out(properties: Item, caller: Caller) -> None:
    of = _principal_and_resource(properties)
    try:
        caller.call("opt-in", client("lakeformation").delete_lake_formation_opt_in, **of)
    except RefusedError as error:
        if error.code != "InvalidInputException":
            raise


def _principal_and_resource(properties: Item) -> Item:
    return {
        "Principal": {"DataLakePrincipalIdentifier": properties["Principal"]},
        "Resource": resource_of(properties["Target"]),
    }
