"""Grants, opt-ins, and the end of what everybody was granted."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from botocore.exceptions import ClientError

from .calls import (
    Item,
    call,
    call_for_somebody_new,
    client,
    code_of,
    is_gone,
    message_of,
    pages,
)
from .targets import resource_of

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def put(properties: Item, old: Item) -> None:
    """Let a principal have exactly these permissions on a target, of those that we gave it.

    New permissions are given before old ones are taken, so that nobody is without in between.
    A grant that fails half-way is taken back as far as it went, since CloudFormation does not
    delete what was never made.

    Args:
        properties: `Principal`, `Target`, `Permissions` (none for an opt-in alone), `Grantable`
            (those that the principal may pass on) and `OptIn`, whether Lake Formation decides
            for it in hybrid mode.
        old: the properties before this change; empty when there were none.
    """
    try:
        if properties["Permissions"]:
            _grant(properties, properties["Permissions"], properties.get("Grantable", []))
        if properties.get("OptIn") == "true":
            _opt_in(properties)
    except Exception:
        if not old:
            _LOG.warning("taken back: %s", properties)
            # What went wrong first is what has to be told.
            with suppress(ClientError):
                remove(properties)
        raise
    if not old:
        return
    permissions, grantable = properties["Permissions"], properties.get("Grantable", [])
    not_grantable = [name for name in old.get("Grantable", []) if name not in grantable]
    lost = [name for name in old["Permissions"] if name not in permissions]
    # The right to pass a permission on goes only with the permission.
    _revoke(old, sorted({*lost, *not_grantable}), not_grantable)
    if kept := [name for name in not_grantable if name in permissions]:
        _grant(properties, kept, [])
    if old.get("OptIn") == "true" and properties.get("OptIn") != "true":
        _opt_out(old)


def remove(properties: Item) -> None:
    """Take the permissions back; principals and targets that are gone have none."""
    if properties.get("OptIn") == "true":
        _opt_out(properties)
    _revoke(properties, properties["Permissions"], properties.get("Grantable", []))


def close(properties: Item) -> None:
    """Take from everybody in the account what a database and its tables were open to.

    A database made while the account's defaults were open, and each of its tables, leave it to
    IAM who uses them. What a table gave is with the table: nothing says that Lake Formation shows
    it with all tables of the database.

    Args:
        properties: `Database`.
    """
    of_database = {"Database": properties["Database"]}
    tables = pages(client("glue").get_tables, "TableList", DatabaseName=properties["Database"])
    targets = [
        {**of_database, "Type": "Database"},
        {**of_database, "Type": "Tables"},
        *({**of_database, "Type": "Table", "Table": table["Name"]} for table in tables),
    ]
    for target in targets:
        found = pages(
            client("lakeformation").list_permissions,
            "PrincipalResourcePermissions",
            Resource=resource_of(target),
            MaxResults=100,
        )
        for entry in list(found):
            principal = entry["Principal"]["DataLakePrincipalIdentifier"]
            if principal == EVERYBODY and entry.get("Permissions"):
                _call_revoke(entry["Resource"], principal, entry["Permissions"], [])


def _grant(properties: Item, permissions: Sequence[str], grantable: Sequence[str]) -> None:
    call_for_somebody_new(
        client("lakeformation").grant_permissions,
        Principal={"DataLakePrincipalIdentifier": properties["Principal"]},
        Resource=resource_of(properties["Target"]),
        Permissions=list(permissions),
        PermissionsWithGrantOption=list(grantable),
    )


def _revoke(properties: Item, permissions: Sequence[str], grantable: Sequence[str]) -> None:
    if permissions or grantable:
        resource = resource_of(properties["Target"])
        _call_revoke(resource, properties["Principal"], permissions, grantable)


def _call_revoke(
    resource: Item, principal: str, permissions: Sequence[str], grantable: Sequence[str]
) -> None:
    try:
        call(
            client("lakeformation").revoke_permissions,
            Principal={"DataLakePrincipalIdentifier": principal},
            Resource=resource,
            Permissions=list(permissions),
            PermissionsWithGrantOption=list(grantable),
        )
    except ClientError as error:
        if not (is_gone(error) or _holds_none(error)):
            raise
        _LOG.info("nothing to take from %s: %s", principal, message_of(error))


def _holds_none(error: ClientError) -> bool:
    """Whether a principal is gone, or has no such permission."""
    message = message_of(error).lower()
    return code_of(error) == "InvalidInputException" and any(
        words in message
        for words in ("invalid principal", "no permissions revoked", "does not have")
    )


def _opt_in(properties: Item) -> None:
    formation = client("lakeformation")
    of = _principal_and_resource(properties)
    for found in pages(
        formation.list_lake_formation_opt_ins, "LakeFormationOptInsInfoList", MaxResults=100, **of
    ):
        if found.get("Principal") == of["Principal"]:
            return
    call_for_somebody_new(formation.create_lake_formation_opt_in, **of)


def _opt_out(properties: Item) -> None:
    of = _principal_and_resource(properties)
    try:
        call(client("lakeformation").delete_lake_formation_opt_in, **of)
    except ClientError as error:
        if not (is_gone(error) or code_of(error) == "InvalidInputException"):
            raise


def _principal_and_resource(properties: Item) -> Item:
    return {
        "Principal": {"DataLakePrincipalIdentifier": properties["Principal"]},
        "Resource": resource_of(properties["Target"]),
    }
