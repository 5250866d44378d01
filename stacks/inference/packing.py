"""Whether copies of components fit on instances together."""

from collections.abc import Sequence
from typing import NamedTuple

from sagemaker_platform.catalog import find_instance_type

# More instances than these hold whatever a settings file declares.
_MOST_INSTANCES = 1000


class Share(NamedTuple):
    """What one copy takes of an instance, or what is left of one."""

    accelerators: float
    cpu_cores: float
    memory_mb: float


def fits(copies: Sequence[tuple[Share, int]], instance_type: str, instances: int) -> bool:
    """Return whether copies fit on instances, the largest placed first.

    Args:
        copies: what a copy takes, and the number of such copies.
        instance_type: type of the instances.
        instances: number of instances.
    """
    if instances > _MOST_INSTANCES:
        return True
    whole = find_instance_type(instance_type)
    room = Share(whole.accelerators, whole.vcpus, whole.memory_gib * 1024)
    left = [room] * instances
    for share in sorted((one for one, number in copies for _ in range(number)), reverse=True):
        place = next((i for i, one in enumerate(left) if _holds(one, share)), None)
        if place is None:
            return False
        left[place] = Share(*(has - takes for has, takes in zip(left[place], share, strict=True)))
    return True


def _holds(room: Share, share: Share) -> bool:
    return all(has >= takes for has, takes in zip(room, share, strict=True))
