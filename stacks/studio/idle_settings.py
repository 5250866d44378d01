"""When idle apps of single users and spaces are stopped."""

from typing import Annotated

from pydantic import Field

from stacks.fields import Settings, validation_error

IdleMinutes = Annotated[int, Field(ge=60, le=525_600)]


class UserIdleShutdownSettings(Settings):
    """When an idle app of one user is stopped; what is absent is as in the domain."""

    default_minutes: IdleMinutes | None = None
    """Default idle time."""
    min_minutes: IdleMinutes | None = None
    """Minimum that the user can choose."""
    max_minutes: IdleMinutes | None = None
    """Maximum that the user can choose."""


Bounds = tuple[int, int, int]
"""Minutes: by default, at least, at most."""


def bounds_of_user(own: UserIdleShutdownSettings | None, domain: Bounds, *, at: str) -> Bounds:
    """Return what counts for a user, within what the domain allows.

    Args:
        own: what the user's block says.
        domain: what the domain says.
        at: path of the user's block.

    Raises:
        PydanticCustomError: if the user's own limits leave those of the domain.
    """
    if own is None:
        return domain
    default, least, most = domain
    if own.min_minutes is not None and not least <= own.min_minutes <= most:
        raise validation_error(
            f"must be from {least} to {most}, the range of the domain",
            at=f"{at}.min_minutes",
            value=own.min_minutes,
        )
    least = own.min_minutes or least
    if own.max_minutes is not None and not least <= own.max_minutes <= most:
        raise validation_error(
            f"must be from {least}, the least of this user, to {most}, the most of the domain",
            at=f"{at}.max_minutes",
            value=own.max_minutes,
        )
    most = own.max_minutes or most
    if own.default_minutes is not None and not least <= own.default_minutes <= most:
        raise validation_error(
            f"must be from {least} to {most}, the range of this user",
            at=f"{at}.default_minutes",
            value=own.default_minutes,
        )
    return own.default_minutes or min(max(default, least), most), least, most
