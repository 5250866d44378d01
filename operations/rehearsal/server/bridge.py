"""API calls on records: Describe, List, Create, Update and Delete of bridged services."""

import re
import time
from typing import Any

from botocore.model import OperationModel, StructureShape

from operations.rehearsal.server import fakes, resources, shapes, wire
from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.identifiers import kebab
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import BRIDGED, Record, Records
from operations.rehearsal.server.wire import Call

_READ = ("Describe", "Get")
_WRITE = ("Create", "Put", "Register", "Update")
_REMOVE = ("Delete", "Deregister")
_VERBS = (*_READ, "List", *_WRITE, *_REMOVE)


class Bridge:
    """Answers API calls of services that the emulator lacks, from the records.

    Only `fakes` know rules of a service. Everything else is ready as soon as it is created. A
    call without a record is only listed in `calls`.
    """

    def __init__(self, records: Records) -> None:
        """Answer from `records`."""
        self._records = records
        self.calls: list[str] = []

    def answer(self, call: Call, account: str, region: str) -> dict[str, Any]:
        """Return the output of an API call in an account and region.

        Raises:
            ApiError: if the call names what does not exist, or exists already.
        """
        verb, noun = split(call.operation.name)
        owner = Owner(account, region, stack="", logical_id="")
        faked = fakes.answer_of(call)
        if faked is not None:
            return faked(call.operation.name, call.arguments, self._records, owner)
        if verb == "List" or (verb in _READ and _list_member(call.operation, noun)):
            return self._list(call, owner, noun)
        if verb in _READ:
            return self._describe(call, owner, noun)
        if verb in _REMOVE:
            return self._remove(call, owner, noun)
        if verb in _WRITE and noun:
            return self._write(call, owner, verb, noun)
        self.calls.append(f"{call.service}:{call.operation.name}")
        return shapes.fill(call.operation.output_shape, call.arguments, time.time())

    def _of(self, call: Call, owner: Owner, noun: str) -> list[Record]:
        wanted = _singular(noun).lower()
        return [
            record
            for record in self._records.of(owner.account, owner.region, call.service)
            if _singular(record.noun).lower() == wanted
        ]

    def _find(self, call: Call, owner: Owner, noun: str) -> Record | None:
        names = _naming(call, noun)
        required = {
            name: value
            for name, value in call.arguments.items()
            if isinstance(value, str) and name in names
        }
        if not required:
            required = {
                name: value for name, value in call.arguments.items() if isinstance(value, str)
            }
        for record in self._of(call, owner, noun):
            if all(_matches(record, name, value) for name, value in required.items()):
                return record
        return None

    def _existing(self, call: Call, owner: Owner, noun: str) -> Record:
        record = self._find(call, owner, noun)
        if record is None:
            code = next(
                (error.name for error in call.operation.error_shapes if "NotFound" in error.name),
                "ValidationException",
            )
            asked = ", ".join(f"{k} {v}" for k, v in call.arguments.items() if isinstance(v, str))
            raise ApiError(code, f"Could not find {noun} with {asked}.")
        return record

    def _describe(self, call: Call, owner: Owner, noun: str) -> dict[str, Any]:
        record = self._find(call, owner, noun)
        shape = call.operation.input_shape
        if record is None and (shape is None or not shape.required_members):
            return shapes.fill(call.operation.output_shape, {}, time.time())
        record = self._existing(call, owner, noun)
        return shapes.fill(
            call.operation.output_shape, _described(self._records, record, owner), record.created
        )

    def _list(self, call: Call, owner: Owner, noun: str) -> dict[str, Any]:
        member = _list_member(call.operation, noun)
        if member is None:
            return {}
        output = call.operation.output_shape
        element = output.members[member].member
        if noun == "Tags":
            return {member: self._tags(call, owner)}
        found = [
            record
            for record in self._of(call, owner, noun)
            if all(_passes(record, name, value) for name, value in call.arguments.items())
        ]
        if isinstance(element, StructureShape):
            items: list[Any] = [
                shapes.fill(element, _described(self._records, record, owner), record.created)
                for record in found
            ]
        else:
            items = [record.physical_id for record in found]
        return {member: items}

    def _tags(self, call: Call, owner: Owner) -> list[Any]:
        for record in self._records.of(owner.account, owner.region, call.service):
            if any(value in record.view.values() for value in call.arguments.values()):
                return list(record.view.get("Tags") or [])
        return []

    def _write(self, call: Call, owner: Owner, verb: str, noun: str) -> dict[str, Any]:
        record = self._find(call, owner, noun)
        if verb == "Update":
            record = self._existing(call, owner, noun)
        if verb in ("Create", "Register") and record is not None:
            raise ApiError(
                _conflict(call.operation), f"{noun} {record.physical_id} exists already."
            )
        if record is None:
            record = self._created(call, owner, noun)
        else:
            _update(record, call.arguments)
        return shapes.fill(
            call.operation.output_shape, _described(self._records, record, owner), record.created
        )

    def _created(self, call: Call, owner: Owner, noun: str) -> Record:
        strings = [v for v in call.arguments.values() if isinstance(v, str)]
        record = Record(
            kind=f"{call.service}.{noun}",
            account=owner.account,
            region=owner.region,
            physical_id="/".join(strings) or noun,
            label=BRIDGED,
            service=call.service,
            properties=dict(call.arguments),
            identity=tuple(strings),
        )
        self._records.add(record)
        return record

    def _remove(self, call: Call, owner: Owner, noun: str) -> dict[str, Any]:
        record = self._existing(call, owner, noun)
        if record.kind.startswith("AWS::"):
            try:
                resources.delete(self._records, record)
            except resources.ResourceError as error:
                raise ApiError("ResourceInUse", str(error)) from error
        else:
            self._records.remove(record.account, record.region, record.kind, record.physical_id)
        return shapes.fill(
            call.operation.output_shape, _described(self._records, record, owner), record.created
        )


def _update(record: Record, arguments: dict[str, Any]) -> None:
    """Update a record; a structure keeps the members that the arguments omit.

    SageMaker calls what it describes as `DomainSettings` `DomainSettingsForUpdate` here.
    """
    for name, value in arguments.items():
        described = name.removesuffix("ForUpdate")
        known = record.properties.get(described)
        if isinstance(known, dict) and isinstance(value, dict):
            value = {**known, **value}
        record.properties[described] = value


def split(operation: str) -> tuple[str, str]:
    """Return the verb and noun of an operation: `("Describe", "Endpoint")`."""
    for verb in _VERBS:
        if operation.startswith(verb):
            return verb, operation.removeprefix(verb)
    return operation, ""


def reads_back(service: str, noun: str) -> bool:
    """Return whether the API of the service can describe or list resources named `noun`."""
    names = set(wire.service_model(service).operation_names)
    return any(
        f"{verb}{form}" in names
        for verb in (*_READ, "List")
        for form in (noun, f"{noun}s", noun.removesuffix("y") + "ies")
    )


def _described(records: Records, record: Record, owner: Owner) -> dict[str, Any]:
    """Return the values of a record, also under the names that the API uses."""
    view = record.view
    for value in record.properties.values():
        # A compound reference names another resource: add the values that identify it.
        if isinstance(value, str) and "|" in value:
            for other in records.of(owner.account, owner.region, record.service):
                if other.physical_id == value:
                    view = {**other.attributes, **view}
    service = wire.service_model(record.service).signing_name
    own = "/".join(record.identity) or record.physical_id
    if not record.kind.startswith("AWS::"):
        # The ID in the answer identifies what only an API call created.
        view.setdefault(f"{record.noun}Id", record.physical_id)
    view.setdefault("Arn", owner.arn(service, f"{kebab(record.noun)}/{own}"))
    words = re.findall(r"[A-Z][a-z0-9]*", record.noun)
    for start in range(len(words)):
        for ending in ("Arn", "Id", "Name"):
            if ending in view:
                view.setdefault("".join(words[start:]) + ending, view[ending])
    return view


def _list_member(operation: OperationModel, noun: str) -> str | None:
    shape = operation.output_shape
    if shape is None:
        return None
    lists = [name for name, member in shape.members.items() if member.type_name == "list"]
    if operation.name.startswith("List"):
        return lists[0] if lists else None
    return next((name for name in lists if name.lower() == noun.lower() and noun[-1] == "s"), None)


def _naming(call: Call, noun: str) -> set[str]:
    """Return the members that identify a thing: those required, and those of its deletion.

    An app, for one, belongs to a user or to a space, so that neither is required.
    """
    shape = call.operation.input_shape
    names = set(shape.required_members) if shape is not None else set()
    model = wire.service_model(call.service)
    if f"Delete{noun}" in model.operation_names:
        deleted = model.operation_model(f"Delete{noun}").input_shape
        names |= set(deleted.members) if deleted is not None else set()
    return names


def _matches(record: Record, name: str, value: str) -> bool:
    view = {key.lower(): known for key, known in record.view.items()}
    key = name.lower()
    alias = key.replace("identifier", "id")
    if key in view or alias in view:
        return value in (view.get(key), view.get(alias), record.physical_id)
    return value == record.physical_id or value in record.identity


def _passes(record: Record, name: str, value: Any) -> bool:
    view = {key.lower(): known for key, known in record.view.items()}
    key = name.lower().removesuffix("equals").replace("identifier", "id")
    if key in view and isinstance(value, str):
        return bool(view[key] == value)
    if isinstance(value, list) and key.removesuffix("s") in view:
        return view[key.removesuffix("s")] in value
    if key == "namecontains":
        return str(value) in record.physical_id
    return True


def _conflict(operation: OperationModel) -> str:
    for error in operation.error_shapes:
        if "InUse" in error.name or "Conflict" in error.name or "Exists" in error.name:
            return str(error.name)
    return "ValidationException"


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun.removesuffix("s") if not noun.endswith("ss") else noun
