"""Settings of accounts that share a domain: in the file of the host, and in the others."""

from typing import Literal

from stacks.fields import AccountId, EnvironmentName, Settings
from stacks.unified_studio.fields import DomainId, UnitId, UnitPath


class AccountSettings(Settings):
    """An account that joins the domain of this environment."""

    account: AccountId
    """Its account, in the same AWS organization."""
    state: Literal["invited", "joined"] = "invited"
    """`invited` shares the domain with the account. Change it to `joined` after the environment
    there was deployed: then project profiles can name the account."""


class JoinSettings(Settings):
    """The domain of another environment, in which projects can use this account."""

    host: EnvironmentName
    """Environment that has the domain."""
    account: AccountId
    """Account of that environment."""
    domain: DomainId
    """ID of the domain: output `DomainId` of the host's stack `unified-studio`."""
    root_unit: UnitId
    """ID of the root unit: output `RootUnitId` of the same stack."""
    units: dict[UnitPath, UnitId] = {}
    """IDs of further units that `blueprints` name, by their path: outputs `Unit…Id` of the same
    stack."""
