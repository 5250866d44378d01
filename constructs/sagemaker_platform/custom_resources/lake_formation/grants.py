"""Grants, opt-ins, and the removal of what all principals were granted."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, RetryableError
from ..common.waiting import Item
from .calls import require_for_principal
from .targets import resource_of

ALL_PRINCIPALS = "IAM_ALLOWED_PRINCIPALS"

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def put(properties: Item, old: Item, caller: Caller) -> None:
    """Grant a principal permissions on a target, and revoke those granted here before.

    New permissions are granted before old ones are revoked, so the principal always has what both
    have in common. A grant that fails half-way is revoked, because CloudFormation does not delete
    a resource whose creation failed.

    Args:
        properties: `Principal`, `Target`, `Permissions` (empty for an opt-in alone), `Grantable`
            (those that the principal may grant to others) and `OptIn`, whether Lake Formation
            decides for the principal in hybrid mode.
        old: the properties before this change; empty for a new resource.
        caller: calls AWS.
    """
    try:
        if properties["Permissions"]:
            _grant(properties, properties["Permissions"], properties.get("Grantable", []), caller)
        if properties.get("OptIn") == "true":
            _opt_in(properties, caller)
    except Exception:
        if not old:
            _LOG.warning("revoked after a failure: %s", properties)
            # The first error is the one to report.
            with suppress(CustomResourceError, RetryableError):
                remove(properties, caller)
        raise
    if not old:
        return
    permissions, grantable = properties["Permissions"], properties.get("Grantable", [])
    not_grantable = [name for name in old.get("Grantable", []) if name not in grantable]
    lost = [name for name in old["Permissions"] if name not in permissions]
    # Lake Formation revokes the right to grant a permission only with the permission.
    _revoke(old, sorted({*lost, *not_grantable}), not_grantable, caller)
    if kept := [name for name in not_grantable if name in permissions]:
        _grant(properties, kept, [], caller)
    if old.get("OptIn") == "true" and properties.get("OptIn") != "true":
        _opt_out(old, caller)


def remove(properties: Item, caller: Caller) -> None:
    """Revoke the permissions; principals and targets that do not exist have none."""
    if properties.get("OptIn") == "true":
        _opt_out(properties, caller)
    _revoke(properties, properties["Permissions"], properties.get("Grantable", []), caller)


def close(properties: Item, caller: Caller) -> None:
    """Revoke what all principals of the account may do with a database and its tables.

    A database that was created while the account's defaults were open, and each of its tables,
    leave access to IAM. The grants of each table are listed for the table: AWS does not document
    that listing all tables of the database includes them.

    Args:
        properties: `Database`.
        caller: calls AWS.
    """
    of_database = {"Database": properties["Database"]}
    tables = caller.list_all(
        client("glue").get_tables, "TableList", DatabaseName=properties["Database"]
    )
    targets = [
        {**of_database, "Type": "Database"},
        {**of_database, "Type": "Tables"},
        *({**of_database, "Type": "Table", "Table": table["Name"]} for table in tables),
    ]
    for target in targets:
        found = caller.list_all(
            client("lakeformation").list_permissions,
            "PrincipalResourcePermissions",
            Resource=resource_of(target),
            MaxResults=100,
        )
        for entry in list(found):
            principal = entry["Principal"]["DataLakePrincipalIdentifier"]
            if principal == ALL_PRINCIPALS and entry.get("Permissions"):
                _call_revoke(entry["Resource"], principal, entry["Permissions"], [], caller)


def _grant(
    properties: Item, permissions: Sequence[str], grantable: Sequence[str], caller: Caller
) -> None:
    require_for_principal(
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
    except CustomResourceError as error:
        if not _has_none(error):
            raise
        _LOG.info("nothing to revoke from %s: %s", principal, error.aws_message)


def _has_none(error: CustomResourceError) -> bool:
    """Return whether a principal does not exist, or has no such permission."""
    message = error.aws_message.lower()
    return error.code == "InvalidInputException" and any(
        words in message
        for words in ("invalid principal", "no permissions revoked", "does not have")
    )


def _opt_in(properties: Item, caller: Caller) -> None:
    formation = client("lakeformation")
    of = _principal_and_resource(properties)
    for found in caller.list_all(
        formation.list_lake_formation_opt_ins, "LakeFormationOptInsInfoList", MaxResults=100, **of
    ):
        if found.get("Principal") == of["Principal"]:
            return
    require_for_principal(caller, "opt-in", formation.create_lake_formation_opt_in, **of)


def _opt_out(properties: Item, caller: Caller) -> None:
    of = _principal_and_resource(properties)
    try:
        caller.call("opt-in", client("lakeformation").delete_lake_formation_opt_in, **of)
    except CustomResourceError as error:
        if error.code != "InvalidInputException":
            raise


def _principal_and_resource(properties: Item) -> Item:
    return {
        "Principal": {"DataLakePrincipalIdentifier": properties["Principal"]},
        "Resource": resource_of(properties["Target"]),
    }
