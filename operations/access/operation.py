"""What IAM checks for an API call: actions, resources and condition keys."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from operations.access.call import Call
from operations.access.reference import Action, actions, arns
from operations.access.tables import table

_FIELD = re.compile(r"\{([^{}]+)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ENDINGS = ("Name", "Id", "Arn", "Identifier")


class UnmappedError(Exception):
    """The tables do not say what a call needs: a gap to fill, and never a permission."""


class Place(Protocol):
    """Where a call is made."""

    @property
    def account(self) -> str:
        """Account of the caller."""

    @property
    def region(self) -> str:
        """Region of the client."""

    @property
    def partition(self) -> str:
        """Partition of the region."""

    def canonical(self, arn: str) -> str:
        """Return the ARN that AWS checks for one that a request names, such as of an alias."""


@dataclass(frozen=True)
class Need:
    """One action on one resource that a call needs.

    Attributes:
        action: such as ``s3:GetObject``.
        resource: an ARN, or ``*`` where the action has no resource.
        context: condition keys from the request, in lower case.
    """

    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)


def needs(call: Call, place: Place) -> list[Need]:
    """Return what a call itself needs.

    Raises:
        UnmappedError: if the tables do not place the call.
    """
    known = table("operations")
    prefix = known["services"].get(call.service, call.service)
    row: Mapping[str, Any] = known["operations"].get(str(call)) or _row_of_tags(call)
    found = []
    for need in row.get("needs", (row,)):
        name = need.get("action", f"{prefix}:{call.operation}")
        if name in known["unchecked"]:
            continue
        action = actions().get(name.lower())
        if action is None:
            raise UnmappedError(f"{call}: {name} is not an action in actions.csv")
        context = request_context(call, action.name, place)
        found += [
            Need(action.name, place.canonical(resource), context)
            for resource in _resources(call, action, need, place)
        ]
    return found


def _row_of_tags(call: Call) -> Mapping[str, Any]:
    """Return the row of operations that name what they tag by its ARN."""
    if call.operation not in ("TagResource", "UntagResource"):
        return {}
    named = [name for name in call.parameters if name.lower() in ("arn", "resource", "resourcearn")]
    return {"arns": [f"{{{name}}}" for name in named]} if named else {}


def endpoint_service(service: str, region: str) -> str | None:
    """Return the VPC endpoint service of a boto3 service; None if there is none."""
    known = table("operations")
    if service in known["without_endpoint"]:
        return None
    prefix = known["services"].get(service, service)
    name = str(known["endpoints"].get(service, prefix))
    # Studio's own services have another form.
    return name.format(region=region) if "{" in name else f"com.amazonaws.{region}.{name}"


def fill(text: str, call: Call, place: Place) -> list[str]:
    """Fill the fields of a form, once for each combination of their values.

    Raises:
        UnmappedError: if a field has no value, and neither a default nor ``?``.
    """
    found = [text]
    for name in dict.fromkeys(_FIELD.findall(text)):
        values = _values(name, call, place)
        # A member may name a resource by its ARN where the form of an ARN has its name.
        found = [
            value
            if value.startswith("arn:") and one.startswith("arn:")
            else one.replace(f"{{{name}}}", value)
            for one in found
            for value in values
        ]
    return found


def _values(name: str, call: Call, place: Place) -> list[str]:
    if name in ("account", "region", "partition"):
        return [getattr(place, name)]
    path, equals, default = name.partition("=")
    for one in path.removesuffix("?").split("|"):
        if values := [str(value) for value in call.members(one)]:
            return values
    if equals:
        return [default]
    if path.endswith("?"):
        return []
    raise UnmappedError(f"{call}: the request has no {path}")


def _resources(call: Call, action: Action, row: Mapping[str, Any], place: Place) -> Iterator[str]:
    if "arns" in row:
        for form in row["arns"]:
            yield from fill(form, call, place)
        return
    service = action.name.partition(":")[0]
    if "types" in row or action.required:
        for kind in row.get("types", action.required):
            yield from _arn(call, service, kind, row, place)
        if "types" in row:
            if not row["types"]:
                yield "*"
            return
    found = list(_optional(call, action, row, place))
    yield from found
    if not found and not action.required:
        if action.optional:
            raise UnmappedError(f"{call}: the request names none of {', '.join(action.optional)}")
        yield "*"


def _optional(call: Call, action: Action, row: Mapping[str, Any], place: Place) -> Iterator[str]:
    service = action.name.partition(":")[0]
    for kind in action.optional:
        try:
            yield from _arn(call, service, kind, row, place)
        except UnmappedError:
            continue


def _arn(
    call: Call, service: str, kind: str, row: Mapping[str, Any], place: Place
) -> Iterable[str]:
    form = arns().get((service, kind))
    if form is None:
        raise UnmappedError(f"{call}: arns.csv has no form for {service} {kind}")
    given = {**table("operations")["variables"].get(service, {}), **row.get("variables", {})}
    text = form.replace("${Partition}", "{partition}")
    text = text.replace("${Region}", "{region}").replace("${Account}", "{account}")
    for variable in _VARIABLE.findall(text):
        text = text.replace(f"${{{variable}}}", _member(call, variable, given.get(variable)))
    return fill(text, call, place)


def _member(call: Call, variable: str, given: str | None) -> str:
    """Return the form of a variable's value: literal text, or members in braces."""
    if given is not None:
        literal = given == "*" or "{" in given
        return given if literal else f"{{{given}}}"
    stem = next(
        (variable.removesuffix(end) for end in _ENDINGS if variable.endswith(end)), variable
    )
    wanted = [variable.lower(), *(f"{stem}{end}".lower() for end in _ENDINGS)]
    members = {name.lower(): name for name in call.parameters}
    for name in wanted:
        if name in members:
            return f"{{{members[name]}}}"
    raise UnmappedError(f"{call}: no member of the request is {variable}")


def request_context(call: Call, action: str, place: Place) -> dict[str, str | list[str]]:
    """Return the condition keys that AWS takes from the members of a request."""
    found: dict[str, str | list[str]] = {}
    service = action.partition(":")[0]
    for key, row in table("condition_keys").items():
        if "request" not in row or not key.startswith(f"{service}:"):
            continue
        if action not in row.get("of", (action,)):
            continue
        if row.get("map"):
            found |= _of_map(key, [one for path in row["request"] for one in call.members(path)])
            continue
        values = [_text(value) for path in row["request"] for value in call.members(path)]
        if form := row.get("form"):
            values = [
                one for value in values for one in fill(form.replace("{value}", value), call, place)
            ]
        if values:
            found[key.lower()] = values if row.get("several") else values[0]
        elif "default" in row:
            found[key.lower()] = row["default"]
    tags = _tags(call)
    if tags:
        found |= {f"aws:requesttag/{name.lower()}": value for name, value in tags.items()}
        found["aws:tagkeys"] = list(tags)
    # Tags that the resource has already, of one that no template makes.
    given: Mapping[str, str] = call.facts.get("resource_tags", {})
    return found | {f"aws:resourcetag/{name.lower()}": value for name, value in given.items()}


def _of_map(key: str, maps: Iterable[Any]) -> dict[str, str]:
    """Return the keys whose ends are the names of a map's members."""
    return {
        f"{key}/{name}".lower(): _text(value)
        for one in maps
        if isinstance(one, Mapping)
        for name, value in one.items()
    }


def _tags(call: Call) -> dict[str, str]:
    given = call.parameters.get("Tags", call.parameters.get("tags"))
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    return {
        one["Key"]: one.get("Value", "")
        for one in given or ()
        if isinstance(one, Mapping) and "Key" in one
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
