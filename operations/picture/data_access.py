"""Who reaches which data, in few words for a picture."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from operations.assembly import Stage
from operations.permissions import Permission, permissions
from operations.picture.items import StackView, references, words

Level = Literal["write", "read", "read parts", "see names", ""]
_ORDER: tuple[Level, ...] = ("", "see names", "read parts", "read", "write")
_PEOPLE = re.compile(r"access/\w+(?<!Role)|account \d{12}")
_WRITES = ("write", "all rights", "read and write", "create tables")
_PART = re.compile(r"[\w-]+(\.[\w-]+)?\.[\w-]+( \(.*\))?")


@dataclass(frozen=True)
class Store:
    """Data: what a picture calls it, the name of its database, and the place of its bucket."""

    name: str
    database: str
    bucket: str


@dataclass(frozen=True)
class DataAccess:
    """A table: for each store and each persona or account, what they may do.

    Attributes:
        stores: the columns.
        personas: the rows, by name; each has one level for each store.
        accounts: further rows, by account.
    """

    stores: tuple[Store, ...]
    personas: dict[str, tuple[Level, ...]]
    accounts: dict[str, tuple[Level, ...]]


def data_access(stage: Stage, views: Iterable[StackView]) -> DataAccess:
    """Read who reaches which data, from the permissions that have an effect."""
    stores = tuple(one for view in views for one in _stores(view))
    rows: dict[str, list[Permission]] = {}
    for one in permissions(stage) if stores else []:
        if not one.denied and _PEOPLE.fullmatch(one.who):
            rows.setdefault(one.who, []).append(one)
    personas, accounts = dict[str, tuple[Level, ...]](), dict[str, tuple[Level, ...]]()
    for who, every in rows.items():
        levels = tuple(_highest(_level(one, store) for one in every) for store in stores)
        if not any(levels):
            continue
        kind, _, name = re.split(r"([/ ])", who, maxsplit=1)
        if kind == "access":
            personas[words(name)] = levels
        else:
            accounts[name] = levels
    return DataAccess(stores, personas, accounts)


def _stores(view: StackView) -> Iterator[Store]:
    for _, database in view.of_type("AWS::Glue::Database"):
        if location := database.get("DatabaseInput", {}).get("LocationUri"):
            buckets = [one for one in references(location) if one in view.resources]
            bucket = view.templates.place(view.stack, buckets[0]) if buckets else ""
            name = database["DatabaseName"]
            yield Store(view.text(name), str(name), bucket)
    for _, one in view.of_type("AWS::S3Tables::Namespace"):
        arn = next(iter(references(one["TableBucketARN"])), "")
        bucket = view.resources.get(arn, {}).get("Properties", {}).get("TableBucketName", "")
        name = f"{bucket}.{one['Namespace']}"
        yield Store(view.text(name), name, "")
    for logical_id, _ in view.of_type("AWS::S3::Bucket"):
        place = view.templates.place(view.stack, logical_id)
        if place.endswith("/Artifacts"):
            yield Store("artifacts", "", place)


def _level(one: Permission, store: Store) -> Level:
    """Return what one permission lets a principal do on a store."""
    if store.bucket and one.on == store.bucket:
        return "" if one.limit else _full(one.may)
    if not store.database:
        return ""
    reached = [one.on.partition(" ")[2]]
    if one.on.startswith(("tables tagged", "databases tagged")):
        reached = re.split(r", (?![^(]*\))", one.limit.removeprefix("now: "))
    return _highest(_of_text(one, text, store.database) for text in reached)


def _of_text(one: Permission, text: str, database: str) -> Level:
    whole = {database, f"all of {database}", f"{database}.*"}
    if text in whole:
        limited = one.limit and not one.limit.startswith("now: ")
        return "read parts" if limited and one.may == "read" else _full(one.may)
    if text == f"others of {database}" or text.startswith(f"{database}."):
        full = _full(one.may)
        return "read parts" if full == "read" else full
    return ""


def _full(may: str) -> Level:
    if may.startswith(_WRITES):
        return "write"
    if may.startswith("read"):
        return "read"
    return "see names" if may.startswith("describe") else ""


def _highest(levels: Iterable[Level]) -> Level:
    return max(levels, key=_ORDER.index, default="")
