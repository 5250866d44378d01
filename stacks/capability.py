"""What a capability is: one block of the settings, and the stacks that come of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from aws_cdk import Stage
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from stacks.foundation.stack import FoundationStack
    from stacks.regions import Feature
    from stacks.settings import EnvironmentSettings
    from stacks.shared import SharedResources

SettingsT = TypeVar("SettingsT")
"""Settings of a capability."""
OutputsT = TypeVar("OutputsT")
"""Outputs of a capability: what later ones may use, usually its stack."""


@dataclass(frozen=True, kw_only=True)
class NetworkRequirements:
    """What a capability needs of the network, which is made before it.

    Attributes:
        interface_endpoints: services that it calls from inside the VPC.
        endpoint_policies: by service, what may be done through an endpoint of several users.
        kubernetes: whether load balancers of Kubernetes have to find the subnets.
    """

    interface_endpoints: Iterable[str] = ()
    endpoint_policies: Mapping[str, Sequence[iam.PolicyStatement]] = field(default_factory=dict)
    kubernetes: bool = False


@dataclass(frozen=True, kw_only=True)
class ResourceName:
    """A name that no two environments of one account and region may make.

    Attributes:
        made: kind and name, such as ``cluster dev-a``.
        keys: path of the key that it comes from, below the root of the file.
        value: what is written there.
    """

    made: str
    keys: Sequence[str | int]
    value: str


class Capability(ABC, Generic[SettingsT, OutputsT]):
    """One capability of one environment. Its module imports neither settings nor stacks.

    Attributes:
        key: its key in the settings, and its name in ``after`` and ``before``.
        summary: what the schema says of the key.
        before: key of a capability that is built after it; absent, it comes last. Only a
            capability of a fork has to say so: the others are built in the order of their list.
        features: features of AWS that it uses and that some regions lack.
        has_block: whether the settings have its key; if not, they follow from other blocks.
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
        """Return the type of its block; it is imported here, and not before."""
        raise NotImplementedError(f"{cls.__name__} has no block")

    @classmethod
    def settings_in(cls, environment: EnvironmentSettings) -> SettingsT | None:
        """Return its settings, None if it is off. Without a block it has to say from what."""
        found: SettingsT | None = getattr(environment, cls.key) or None
        return found

    def validate(self) -> None:
        """Raise `validation_error` for what does not fit the rest of the environment."""

    def configure_foundation(self, foundation: FoundationStack) -> None:
        """Add what the capability needs to the policies of the key and of the alarm topic."""

    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        """Return what it needs of the network.

        Args:
            scope: of the statements, which take the partition, account and region from it.
        """
        return NetworkRequirements()

    def resource_names(self) -> Iterable[ResourceName]:
        """Return the names that no other environment of its account and region may make."""
        return ()

    @abstractmethod
    def build(self, context: BuildContext) -> OutputsT:
        """Make its stacks, and return what capabilities after it may use."""


class BuildContext:
    """What a capability is built with.

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
        """Return the outputs of a capability; None if it is off."""
        found: OutputsT | None = self._outputs.get(kind)
        return found
