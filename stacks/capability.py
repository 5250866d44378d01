"""The protocol of capabilities: a block of the settings, and the stacks that it creates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from aws_cdk import Stage
    from aws_cdk import aws_iam as iam
    from constructs import Construct
    from pydantic_core import PydanticCustomError

    from stacks.foundation.stack import FoundationStack
    from stacks.regions import Feature
    from stacks.settings import EnvironmentSettings
    from stacks.shared import SharedResources

SettingsT = TypeVar("SettingsT")
"""Settings of a capability."""
OutputsT = TypeVar("OutputsT")
"""Outputs of a capability for those that are built later, usually its stack."""


@dataclass(frozen=True, kw_only=True)
class NetworkRequirements:
    """What a capability requires of the network, which is created before it.

    Attributes:
        interface_endpoints: services that it calls from inside the VPC.
        endpoint_policies: statements of endpoint policies, by service.
        kubernetes: whether load balancers of Kubernetes must find the subnets.
    """

    interface_endpoints: Iterable[str] = ()
    endpoint_policies: Mapping[str, Sequence[iam.PolicyStatement]] = field(default_factory=dict)
    kubernetes: bool = False


@dataclass(frozen=True, kw_only=True)
class ResourceName:
    """The name of a resource, which must be unique in an account and region.

    Attributes:
        resource: kind and name, such as ``cluster dev-a``.
        keys: path of the key that determines the name, from the root of the file.
        value: value of that key.
        in_region: whether other regions of the account may have the name too.
        fix: what to do about a second resource of the name. Defaults to no advice.
    """

    resource: str
    keys: Sequence[str | int]
    value: str
    in_region: bool = True
    fix: str = ""


class Capability(ABC, Generic[SettingsT, OutputsT]):
    """One capability of one environment. Its module imports neither settings nor stacks.

    Attributes:
        key: key in the settings file. ``before`` of other capabilities refers to it.
        summary: description of the key in the schema.
        features: features of AWS that it uses and that some regions lack.
        before: key of a capability that is built later. Defaults to none: the capability is
            built last. It applies to capabilities of a fork; the registry orders the others.
        has_block: whether the settings file has the key. Otherwise, `settings_in` derives the
            settings from other blocks.
    """

    key: ClassVar[str]
    summary: ClassVar[str] = ""
    features: ClassVar[Sequence[Feature]] = ()
    before: ClassVar[str | None] = None
    has_block: ClassVar[bool] = True

    def __init__(self, settings: SettingsT, environment: EnvironmentSettings) -> None:
        self.settings = settings
        self.environment = environment

    @classmethod
    def settings_type(cls) -> Any:
        """Return the type of the block. Import it inside this method."""
        raise NotImplementedError(f"{cls.__name__} has no block")

    @classmethod
    def settings_in(cls, environment: EnvironmentSettings) -> SettingsT | None:
        """Return the settings of the capability; None if it is off."""
        found: SettingsT | None = getattr(environment, cls.key) or None
        return found

    def validate(self) -> None:
        """Raise `validation_error` for settings that do not fit the environment."""

    def among(self, others: Sequence[EnvironmentSettings]) -> Iterable[PydanticCustomError]:
        """Return a `validation_error` for each setting that does not fit other environments.

        Args:
            others: the other environments that are loaded. It need not be all of them.
        """
        return ()

    def warnings(self) -> Iterable[str]:
        """Return what is allowed but doubtful: the path of the key, and what to do."""
        return ()

    def configure_foundation(self, foundation: FoundationStack) -> None:
        """Add what the capability needs to the policies of the key and of the alarm topic."""

    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        """Return what the capability requires of the network.

        Args:
            scope: scope of statements, which take the partition, account and region from it.
        """
        return NetworkRequirements()

    def resource_names(self) -> Iterable[ResourceName]:
        """Return names of resources that must be unique in an account, or in its region."""
        return ()

    @abstractmethod
    def build(self, context: BuildContext) -> OutputsT:
        """Create the stacks, and return outputs for capabilities that are built later."""


class BuildContext:
    """The arguments with which capabilities are built.

    Attributes:
        stage: scope of its stacks.
        shared: the network, key, buckets and topic of the environment.
    """

    def __init__(self, stage: Stage, shared: SharedResources) -> None:
        self.stage = stage
        self.shared = shared
        self._outputs: dict[type[Capability[Any, Any]], Any] = {}

    def add(self, capability: Capability[Any, Any]) -> None:
        """Build a capability."""
        self._outputs[type(capability)] = capability.build(self)

    def outputs(self, kind: type[Capability[Any, OutputsT]]) -> OutputsT | None:
        """Return the outputs of a capability; None if it is off or built later."""
        found: OutputsT | None = self._outputs.get(kind)
        return found
