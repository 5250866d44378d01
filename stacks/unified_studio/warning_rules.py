"""What Unified Studio allows but warns of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sagemaker_platform.catalog.unified_studio import blueprint, blueprints
from stacks.fields import close_to

if TYPE_CHECKING:
    from stacks.unified_studio.settings import UnifiedStudioSettings

_ZONES = 3


def warn(settings: UnifiedStudioSettings, *, zones: int) -> Iterator[str]:
    """Yield warnings about blueprints and project profiles.

    Args:
        settings: the block.
        zones: number of availability zones of the environment.
    """
    for name in settings.offered:
        if name not in (known := list(blueprints())):
            yield (
                f"unified_studio.blueprints: {name} is not a managed blueprint that "
                f"this project knows{close_to(name, known)}. It gets the network, the bucket "
                "and the key of the environment as parameters"
            )
    if "Tooling" in settings.offered and zones < _ZONES:
        yield (
            "network.availability_zones: AWS asks for subnets in three zones for Tooling "
            f"of Unified Studio; there are {zones}. Add a zone"
        )
    for key, project in settings.wanted_host.projects.items():
        if not settings.wanted_host.all_profiles[project.profile].enabled:
            yield (
                f"unified_studio.host.projects.{key}: AWS creates no project of the profile "
                f"{project.profile}, which is not enabled. A project that exists stays"
            )
    for key, profile in settings.wanted_host.all_profiles.items():
        for part in profile.all_parts.values():
            if cost := blueprint(part.blueprint).by_the_hour:
                yield (
                    f"unified_studio.host.profiles.{key}: members can create {part.name}, which "
                    f"costs money by the hour: {cost}. The cost cap does not count it"
                )
