"""Wires what personas and other environments may do with data: grants of Lake Formation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.lakehouse import QueryWorkgroup, SparkWorkgroup
from stacks.base import EnvironmentStack
from stacks.lakehouse.governance_mapping import Governance
from stacks.lakehouse.permission_mapping import Permissions, merge
from stacks.lakehouse.permission_settings import GrantSettings, PermissionSettings
from stacks.lakehouse.settings import LakehouseSettings
from stacks.shared import SharedResources


class DataAccessStack(EnvironmentStack):
    """The grants of Lake Formation, after the data and the roles."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: LakehouseSettings,
        governance: Governance | None,
        workgroups: Mapping[str, QueryWorkgroup | SparkWorkgroup],
        roles: Mapping[str, iam.IRole],
        further_grants: Sequence[GrantSettings],
        tracing: Sequence[str],
    ) -> None:
        super().__init__(scope, id, environment=shared.environment, description="access to data")
        self._roles = roles
        self._further_grants, self._tracing = further_grants, tracing
        # Spark reaches data with the role of its workgroup, which is that of one persona.
        sessions: dict[str, list[tuple[str, iam.IRole]]] = {}
        for one in settings.query.workgroups:
            workgroup = workgroups[one.name]
            if isinstance(workgroup, SparkWorkgroup):
                [persona] = one.personas
                sessions.setdefault(persona, []).append((f"spark-{one.name}", workgroup.role))
        if settings.permissions is not None and governance is not None:
            self._governance = governance
            self._grant_all(settings.permissions, sessions)

    def _grant_all(
        self,
        permissions: PermissionSettings,
        sessions: Mapping[str, list[tuple[str, iam.IRole]]],
    ) -> None:
        governance = self._governance
        if permissions.administrator_personas:
            governance.lake_formation.add_administrators(
                self,
                "PersonaAdministrators",
                [self._roles[name].role_arn for name in permissions.administrator_personas],
            )
        # One grant for one principal and target, however many ask for it.
        wanted: dict[str, Permissions] = {}
        of_account: dict[str, Permissions] = {}
        mapping = governance.mapping
        for grant in (*permissions.grants, *self._further_grants):
            for persona in grant.personas:
                given = mapping.permissions_for(grant, grant.access)
                merge(wanted.setdefault(persona, {}), given)
                if grant.resource_link is None:
                    merge(of_account.setdefault(persona, {}), given)
        for persona in self._tracing:
            merge(wanted.setdefault(persona, {}), mapping.descriptions())
        for persona, targets in wanted.items():
            self._grant(persona, self._roles[persona].role_arn, targets, grantable=False)
            for who, role in sessions.get(persona, ()):
                # Spark in Athena reads data of this account only.
                targets = of_account.get(persona, {})
                of_session = _whole_tables(targets) if governance.replaces_iam else targets
                self._grant(who, role.role_arn, of_session, grantable=False)
        shared: dict[str, Permissions] = {}
        for share in permissions.shares:
            for consumer in share.consumers:
                merge(
                    shared.setdefault(consumer, {}),
                    mapping.permissions_for(share, share.access),
                )
        for consumer, targets in shared.items():
            account = permissions.consumers[consumer]
            self._grant(f"to-{consumer}", account, targets, grantable=True)

    def _grant(self, who: str, principal: str, targets: Permissions, *, grantable: bool) -> None:
        self._governance.grant_each(self, who, principal, targets, grantable=grantable)


def _whole_tables(wanted: Permissions) -> Permissions:
    """Return what Spark in Athena can use of it: tables as a whole, and to write them all rights.

    See `SparkWorkgroup`.
    """
    return {
        data: {"ALL"} if "INSERT" in permissions else permissions
        for data, permissions in wanted.items()
        if data.type not in ("Columns", "Filter")
    }
