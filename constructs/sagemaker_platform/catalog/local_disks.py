"""Instance types with local disks."""

import re

_LOCAL_STORAGE = re.compile(
    r"ml\.([a-z]+\d+[a-z]*d[a-z]*|dl1|g[5-9]e?|gr6|p[5-9][a-z]*(-[a-z0-9]+)?|trn\d[a-z]*)\."
)


def has_local_storage(instance_type: str) -> bool:
    """Tell whether instances of a type come with local NVMe disks."""
    return _LOCAL_STORAGE.match(instance_type) is not None
