"""Wires grants: what personas and other environments may do on data."""

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.base import EnvironmentStack
from stacks.lakehouse.governance import Governance, Wanted
from stacks.lakehouse.permission_settings import PermissionSettings
from stacks.settings import EnvironmentSettings


class DataAccessStack(EnvironmentStack):
    """The grants of Lake Formation, after the data and the roles."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentSettings,
        permissions: PermissionSettings,
        governance: Governance,
        roles: Mapping[str, iam.IRole],
    ) -> None:
        super().__init__(scope, id, environment=environment, description="grants on data")
        self._governance = governance
        if permissions.administrator_personas:
            governance.lake_formation.add_administrators(
                self,
                "PersonaAdministrators",
                [roles[name].role_arn for name in permissions.administrator_personas],
            )
        # One grant for one principal and target, whoever asks for it.
        wanted: dict[str, Wanted] = {}
        for grant in permissions.grants:
            for persona in grant.personas:
                _add(wanted.setdefault(persona, {}), governance.wanted(grant, grant.access))
        for persona, targets in wanted.items():
            self._grant(persona, roles[persona].role_arn, targets, grantable=False)
        shared: dict[str, Wanted] = {}
        for share in permissions.shares:
            for consumer in share.consumers:
                _add(shared.setdefault(consumer, {}), governance.wanted(share, share.access))
        for consumer, targets in shared.items():
            self._grant(f"to-{consumer}", permissions.consumers[consumer], targets, grantable=True)

    def _grant(self, who: str, principal: str, targets: Wanted, *, grantable: bool) -> None:
        for data, permissions in targets.items():
            opts_in = self._governance.opts_in(data) and not grantable
            if permissions or opts_in:
                self._governance.lake_formation.grant(
                    self,
                    who,
                    principal,
                    data,
                    sorted(permissions),
                    grantable=grantable,
                    opt_in=opts_in,
                )


def _add(wanted: Wanted, more: Wanted) -> None:
    for data, permissions in more.items():
        wanted.setdefault(data, set()).update(permissions)
