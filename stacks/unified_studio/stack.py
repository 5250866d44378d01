"""Wires a domain of Unified Studio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from constructs import Construct

from sagemaker_platform.unified_studio import Enrolled, JoinedAccounts, UnifiedStudioDomain
from stacks.base import EnvironmentStack
from stacks.names import pascal_case, path_id
from stacks.unified_studio.mapping import content_id, profile_id, sign_in
from stacks.unified_studio.who_settings import WhoSettings

if TYPE_CHECKING:
    from stacks.shared import SharedResources
    from stacks.unified_studio.settings import HostSettings, UnitSettings


class UnifiedStudioStack(EnvironmentStack):
    """A domain with its units and owners, and the personas that use it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: HostSettings,
        roles: Mapping[str, str],
        enrolled: Sequence[str],
    ) -> None:
        """Create the stack.

        Args:
            scope: the stage.
            id: name of the stack within the environment.
            shared: resources of the environment.
            settings: settings of the domain.
            roles: ARN of the role of each persona.
            enrolled: personas that use Unified Studio.
        """
        environment = shared.environment
        super().__init__(scope, id, environment=environment, description="Unified Studio")
        self._roles = roles
        self._enrolled: dict[str, Enrolled] = {}
        self.domain = UnifiedStudioDomain(
            self,
            "Domain",
            name=environment.name,
            key=shared.key,
            sign_in=sign_in(settings.identity_center),
            log_retention_days=environment.log_retention_days,
            removal_policy=self.removal_policy,
        )
        self.units: dict[str, str] = {}
        self.users = [self.enroll(WhoSettings(persona=name)) for name in enrolled]
        self._own("", settings.owners, self.domain.root_unit_id)
        self._add_units("", settings.units, self.domain.root_unit_id)
        if settings.accounts:
            JoinedAccounts(
                self,
                "Accounts",
                domain=self.domain,
                name=environment.name,
                accounts={
                    pascal_case(name): one.account for name, one in settings.accounts.items()
                },
                key=shared.key,
                log_retention_days=environment.log_retention_days,
            )
            # Other accounts name units by their IDs.
            for path, unit_id in self.units.items():
                CfnOutput(self, f"Unit{path_id(path)}Id", value=unit_id)
            CfnOutput(
                self,
                "Join",
                value=self._join_line(),
                description="Goes below unified_studio in the file of another account",
            )
        CfnOutput(self, "DomainId", value=self.domain.id)
        CfnOutput(self, "RootUnitId", value=self.domain.root_unit_id)
        CfnOutput(self, "PortalUrl", value=self.domain.resource.attr_portal_url)

    def _join_line(self) -> str:
        """Return the block `join` of other accounts, as one line of YAML."""
        environment = self._environment
        units = ", ".join(f"{path}: {unit_id}" for path, unit_id in self.units.items())
        return (
            f'join: {{host: {environment.name}, account: "{self.account}", '
            f"domain: {self.domain.id}, root_unit: {self.domain.root_unit_id}"
            + (f", units: {{{units}}}" if units else "")
            + "}"
        )

    def enroll(self, who: WhoSettings) -> Enrolled:
        """Let a user or group into the domain, once."""
        key = profile_id(who)
        if key not in self._enrolled:
            if who.group is not None:
                made = self.domain.enroll_group(key, group_id=who.group)
            elif who.user is not None:
                made = self.domain.enroll_user(key, user_id=who.user)
            else:
                role = who.role or self._roles[str(who.persona)]
                made = self.domain.enroll_role(key, role_arn=role)
            self._enrolled[key] = made
        return self._enrolled[key]

    def _add_units(self, above: str, units: Mapping[str, UnitSettings], parent_id: str) -> None:
        for key, unit in units.items():
            path = f"{above}{key}"
            self.units[path] = self.domain.add_unit(
                f"Unit{path_id(path)}", name=unit.name, parent_id=parent_id
            )
            self._own(path, unit.owners, self.units[path])
            self._add_units(f"{path}/", unit.units, self.units[path])

    def _own(self, path: str, owners: Sequence[WhoSettings], unit_id: str) -> None:
        for who in owners:
            self.domain.add_owner(
                f"Owner{content_id(path, *who.identity)}", self.enroll(who), unit_id=unit_id
            )
