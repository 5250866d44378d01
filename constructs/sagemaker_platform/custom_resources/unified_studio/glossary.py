"""A business glossary with its terms."""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller
from ..common.errors import CustomResourceError
from ..common.waiting import Item
from . import catalog
from .catalog import GLOSSARY, TERM


def step(event: Mapping[str, Any], caller: Caller) -> Item | None:
    """Make the glossary as wanted, or on a deletion delete it with the terms of this resource.

    Properties: `Domain`; `Project`, the owning project; `Name`, `Description`, `Status`; `Terms`
    by their keys; `Outputs`, keys of terms whose IDs are attributes, by the attribute; `Keep`,
    whether the glossary stays on a deletion. A renamed glossary or term keeps its ID, because the
    old properties tell its old name.

    Raises:
        PendingError: something is in use, or was just disabled.
        CustomResourceError: another project owns the name, or people have terms in it.
    """
    properties: Item = event["ResourceProperties"]
    before: Item = event.get("OldResourceProperties") or {}
    domain, project = properties["Domain"], properties["Project"]
    found = _find(domain, [properties["Name"], before.get("Name", "")], caller)
    ours = found is not None and found["owningProjectId"] == project
    if event["RequestType"] == "Delete":
        if found is not None and ours and properties["Keep"] != "true":
            _delete(properties, found, caller)
        return None
    if found is not None and not ours:
        raise CustomResourceError(
            f"glossary {found['name']} belongs to project {found['owningProjectId']}, and AWS "
            "cannot give it to another one. Give it another name, or delete it first"
        )
    wanted = {
        "name": properties["Name"],
        "description": properties["Description"],
        "status": properties["Status"],
    }
    # A disabled glossary takes no new terms.
    open_ = {**wanted, "status": "ENABLED"}
    if found is None:
        new = {**open_, "owningProjectIdentifier": project}
        found = {**open_, **catalog.create(GLOSSARY, domain, new, caller)}
    there = _terms(properties, found["id"], caller)
    if any(one["Name"] not in there for one in properties["Terms"].values()):
        catalog.update(GLOSSARY, domain, found["id"], found, open_, caller)
        found = {**found, **open_}
    ids = _put_terms(properties, before, found["id"], there, caller)
    catalog.update(GLOSSARY, domain, found["id"], found, wanted, caller)
    outputs = {attribute: ids[key] for attribute, key in properties.get("Outputs", {}).items()}
    return {"Id": found["id"], **outputs}


def _put_terms(
    properties: Item, before: Item, glossary: str, there: Mapping[str, Item], caller: Caller
) -> dict[str, str]:
    """Make all terms as wanted; return their IDs by key."""
    domain, wanted = properties["Domain"], properties["Terms"]
    old = {key: one["Name"] for key, one in (before.get("Terms") or {}).items()}
    names = {one["Name"] for one in wanted.values()}
    found: dict[str, Item] = {}
    for key, term in wanted.items():
        name = term["Name"]
        earlier = old.get(key, name)
        one = there.get(name) or (there.get(earlier) if earlier not in names else None)
        found[key] = one or catalog.create(
            TERM,
            domain,
            {**_content(term), "glossaryIdentifier": glossary, "status": "ENABLED"},
            caller,
        )
    ids = {key: one["id"] for key, one in found.items()}
    for key, term in wanted.items():
        relations = {
            relation: [ids[other] for other in term[given]]
            for relation, given in (("isA", "IsA"), ("classifies", "Classifies"))
            if term.get(given)
        }
        goal = {**_content(term), "status": term["Status"], "termRelations": relations}
        catalog.update(TERM, domain, ids[key], found[key], goal, caller)
    gone = [there[name] for name in old.values() if name in there and name not in names]
    _delete_terms(domain, [one for one in gone if one["id"] not in ids.values()], caller)
    return ids


def _content(term: Item) -> Item:
    return {
        "name": term["Name"],
        "shortDescription": term["Short"],
        "longDescription": term["Long"],
    }


def _delete(properties: Item, found: Item, caller: Caller) -> None:
    domain, glossary = properties["Domain"], found["id"]
    there = _terms(properties, glossary, caller)
    ours = {one["Name"] for one in properties["Terms"].values()}
    if others := sorted(set(there) - ours):
        raise CustomResourceError(
            f"glossary {found['name']} has terms of people: {', '.join(others[:10])}. Delete them "
            "in the portal, then delete the stack again"
        )
    _delete_terms(domain, list(there.values()), caller)
    catalog.delete(GLOSSARY, domain, glossary, found["name"], caller)


def _delete_terms(domain: str, terms: list[Item], caller: Caller) -> None:
    """Delete terms, after the relations among them."""
    for one in terms:
        catalog.update(TERM, domain, one["id"], one, {**one, "termRelations": {}}, caller)
    for one in terms:
        catalog.delete(TERM, domain, one["id"], one["name"], caller)


def _find(domain: str, names: list[str], caller: Caller) -> Item | None:
    """Return the glossary with the first of some names that exists."""
    listed = {
        one["name"]: one for one in catalog.search(domain, "GLOSSARY", "glossaryItem", caller)
    }
    for name in names:
        if name in listed:
            now = catalog.read(GLOSSARY, domain, listed[name]["id"], caller)
            if now is not None:
                return now
    return None


def _terms(properties: Item, glossary: str, caller: Caller) -> dict[str, Item]:
    """Return the terms of the glossary by name."""
    domain = properties["Domain"]
    listed = catalog.search(
        domain,
        "GLOSSARY_TERM",
        "glossaryTermItem",
        caller,
        owningProjectIdentifier=properties["Project"],
    )
    read = [
        catalog.read(TERM, domain, one["id"], caller)
        for one in listed
        if one["glossaryId"] == glossary
    ]
    return {one["name"]: one for one in read if one is not None}
