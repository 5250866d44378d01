"""From a place in Amazon S3 to the table of the lakehouse that is there, by names alone.

CloudFormation names a bucket after its stack and its logical ID, and a layer of the lakehouse keeps
each Iceberg table in a folder of its name, below `tables`; other files are where people put them.
So the names tell the table, without a right to read the catalog. A feature group's offline store
is in a folder that SageMaker names after the group.
"""

import re

_LAYER = re.compile(
    r"s3://(?P<environment>[a-z0-9-]+)-lakehouse-(?P<layer>[a-z0-9]+?)layerbucket[a-z0-9]*"
    r"-[a-z0-9]+/?(?P<path>.*)"
)
_TABLES = "tables"
# As in operations/access/feature_groups.py: …/offline-store/<name>-<time of creation>/data.
_OFFLINE = re.compile(r"(?:^|/)offline-store/(?P<group>.+?)-\d{10,}(?:/|$)")


def feature_group_of(uri: str) -> str:
    """Return the feature group whose offline store is at a URI; empty if there is none."""
    found = _OFFLINE.search(uri)
    return found["group"] if found else ""


def table_of(uri: str) -> tuple[str, str] | None:
    """Return the table at a URI, as ``layer.table``, and how it is known; None if it is not.

    Files that are of no table have the layer alone.
    """
    found = _LAYER.fullmatch(uri)
    if found is None:
        return None
    layer, path = found["layer"], found["path"]
    where = f"in the lakehouse of {found['environment']}, by the name of its bucket"
    if offline := _OFFLINE.search(path):
        return f"{layer}.{offline['group']}", f"offline store of a feature group {where}"
    first, _, rest = path.partition("/")
    if first == _TABLES and (table := rest.partition("/")[0]):
        return f"{layer}.{table}", f"layer and table {where}"
    return layer, f"files of a layer, not of a table, {where}"
