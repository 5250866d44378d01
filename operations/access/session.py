"""A caller of AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from operations.access.principal import Caller
from operations.access.role import Role
from operations.access.world import Environment


@dataclass(frozen=True)
class Session:
    """A caller.

    Attributes:
        role: the role of the session.
        environment: the environment that the caller works in.
        name: name of the session; in Studio that of the user profile.
        context: condition keys of the session, such as ``sagemaker:UserProfileName``.
        in_network: whether calls leave from the environment's VPC, through its endpoints.
    """

    role: Role
    environment: Environment
    name: str = "session"
    context: Mapping[str, str] = field(default_factory=dict)
    in_network: bool = True

    @property
    def caller(self) -> Caller:
        """The principal of its requests."""
        return Caller.session(self.role.arn, self.name)
