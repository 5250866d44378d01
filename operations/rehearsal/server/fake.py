"""What the emulator has to know about one service: the type of the constant `FAKE` of each fake."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Record, Records
from operations.rehearsal.server.wire import Call

Answer = Callable[[str, Mapping[str, Any], Records, Owner], dict[str, Any]]
# The emulator's S3: method, path, headers, body, query.
S3 = Callable[..., Awaitable[Any]]
Refuse = Callable[[Mapping[str, Any], Owner, Records], str]
Effect = Callable[[Call, S3], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class TypeFacts:
    """Facts about a resource type that its registry schema does not have.

    Attributes:
        id_prefix: prefix of generated IDs.
        arn_id_prefix: prefix of an upper-case ID that stands in the ARN instead of the name.
        arn_separator: separator in the ARN between the kind of resource and its ID.
        ref: property that `Ref` returns instead of the primary identifier.
        identify: returns the last part of the ARN from the properties.
        only_grows: property with a list from which an update removes nothing.
        why_kept: reason why a resource outlives its stack with the removal policy `retain`.
        refuse: returns why the service refuses a new resource, from its properties, where it is,
            and all resources that exist; empty if it does not.
        derive: returns attributes that follow from the properties.
        tells_apart: properties that belong to the identity, where the primary identifier of the
            schema leaves them out.
        created: called with a new record; raises `ApiError` if the service refuses it.
        deleted: called with a record before it is removed; raises `ApiError` likewise.
    """

    id_prefix: str = ""
    arn_id_prefix: str = ""
    arn_separator: str = "/"
    ref: str = ""
    identify: Callable[[Mapping[str, Any]], str] | None = None
    only_grows: str = ""
    why_kept: str = ""
    refuse: Refuse | None = None
    derive: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    tells_apart: tuple[str, ...] = ()
    created: Callable[[Record, Records], None] | None = None
    deleted: Callable[[Record, Records], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Fake:
    """A fake of one service, as far as templates and handlers of custom resources need it.

    Attributes:
        service: name of the service in boto3.
        operations: API operations that `answer` answers. The emulator answers all others, or the
            records of resources where it does not have the service.
        answer: returns the output of an operation, or raises `ApiError`.
        effects: what a call does besides making a record, by operation.
        arn_service: the service in ARNs, by its name in resource types. Optional. If omitted, it
            is that name in lower case.
        types: facts by resource type.
        id_prefixes: prefixes of generated IDs, by attribute.
        only_recorded: beginnings of the types of custom resources whose handlers cannot run.
    """

    service: str
    operations: tuple[str, ...] = ()
    answer: Answer | None = None
    effects: Mapping[str, Effect] = field(default_factory=dict)
    arn_service: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, TypeFacts] = field(default_factory=dict)
    id_prefixes: Mapping[str, str] = field(default_factory=dict)
    only_recorded: tuple[str, ...] = ()
