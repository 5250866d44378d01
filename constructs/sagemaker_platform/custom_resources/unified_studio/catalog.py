"""What is in a catalog by name: one way to create, change and delete it.

CloudFormation has no resource for glossaries, terms and rules. Each is found by its name, because
the provider framework takes no ID from ``is_complete``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, InUseError, PendingError
from ..common.waiting import Item

REFUSED = "ValidationException"


@dataclass(frozen=True)
class Kind:
    """A kind of thing in the catalog.

    Attributes:
        noun: noun of its operations, such as ``glossary`` of ``create_glossary``.
        subject: what it is called in messages.
        changeable: arguments that an update takes too.
    """

    noun: str
    subject: str
    changeable: tuple[str, ...]

    def call(self, verb: str) -> Any:
        """Return the operation of a verb."""
        return getattr(client("datazone"), f"{verb}_{self.noun}")


GLOSSARY = Kind("glossary", "glossary", ("name", "description", "status"))
TERM = Kind(
    "glossary_term",
    "term",
    ("name", "shortDescription", "longDescription", "status", "termRelations"),
)
RULE = Kind("rule", "rule", ("name", "description", "scope", "detail", "includeChildDomainUnits"))


def read(kind: Kind, domain: str, identifier: str, caller: Caller) -> Item | None:
    """Return what there is now: what a search finds may be some seconds old."""
    return caller.call(
        kind.subject, kind.call("get"), domainIdentifier=domain, identifier=identifier
    )


def create(kind: Kind, domain: str, wanted: Mapping[str, Any], caller: Caller) -> Item:
    """Create something.

    Raises:
        InUseError: the name is taken: a search does not show yet what an earlier step created.
    """
    given = {key: value for key, value in wanted.items() if value not in ("", {})}
    return caller.require(
        f"{kind.subject} {wanted['name']}", kind.call("create"), domainIdentifier=domain, **given
    )


def update(
    kind: Kind, domain: str, identifier: str, found: Item, wanted: Item, caller: Caller
) -> None:
    """Change what differs from what is wanted; nothing if it is the same."""
    if all((found.get(key) or "") == (wanted.get(key) or "") for key in kind.changeable):
        return
    given = {key: wanted[key] for key in kind.changeable if key in wanted}
    caller.require(
        f"{kind.subject} {wanted['name']}",
        kind.call("update"),
        domainIdentifier=domain,
        identifier=identifier,
        **given,
    )


def delete(kind: Kind, domain: str, identifier: str, name: str, caller: Caller) -> None:
    """Delete something; nothing if it is gone. What AWS refuses to delete is disabled first.

    Raises:
        PendingError: it was just disabled, or is in use.
        CustomResourceError: AWS refuses it for another reason.
    """
    where = {"domainIdentifier": domain, "identifier": identifier}
    subject = f"{kind.subject} {name}"
    try:
        caller.call(subject, kind.call("delete"), **where)
    except InUseError as error:
        raise PendingError(
            [f"{subject} is in use; take it from the assets and forms that have it: {error}"]
        ) from error
    except CustomResourceError as error:
        found = read(kind, domain, identifier, caller) or {}
        if error.code != REFUSED or found.get("status") != "ENABLED":
            raise
        caller.require(subject, kind.call("update"), **where, status="DISABLED")
        raise PendingError([f"{subject} was just disabled"]) from error


def search(domain: str, scope: str, member: str, caller: Caller, **filters: str) -> Iterator[Item]:
    """Yield what the catalog has of a kind."""
    found = caller.list_all(
        client("datazone").search,
        "items",
        "nextToken",
        "nextToken",
        domainIdentifier=domain,
        searchScope=scope,
        **filters,
    )
    yield from (one[member] for one in found if member in one)
