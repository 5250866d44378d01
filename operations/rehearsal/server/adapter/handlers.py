"""ministack's tables of resource handlers, extended to every type with a schema."""

from collections.abc import Collection, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, s3

from operations.rehearsal.server import patches
from operations.rehearsal.server.adapter.labels import is_native, label_of
from operations.rehearsal.server.adapter.states import failed_dependent
from operations.rehearsal.server.extension import Extension
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import NATIVE, RECORDED
from operations.rehearsal.server.resources import ResourceError
from operations.rehearsal.server.schemas import (
    UnknownResourceTypeError,
    has_schema,
    resource_schema,
)

Handler = dict[str, Any]
Properties = Mapping[str, Any]
Made = tuple[str, dict[str, Any]]

# Native types, and properties that ministack refuses: such a resource is only recorded.
_BEYOND = {"AWS::CloudWatch::Alarm": ("EvaluationCriteria", "Metrics")}


def owner_of(stack: str, logical_id: str) -> Owner:
    """Return the owner of a resource, in the account and region of the request."""
    return Owner(get_account_id(), get_region(), stack, logical_id)


class Handlers(dict[str, Handler]):
    """Handlers by type: ministack's with additional checks, and generic ones."""

    def __init__(self, native: dict[str, Handler], extension: Extension) -> None:
        super().__init__(native)
        self.made: dict[str, Handler] = {}
        self._extension = extension

    def __contains__(self, resource_type: object) -> bool:
        return isinstance(resource_type, str) and self.get(resource_type) is not None

    def __getitem__(self, resource_type: str) -> Handler:
        handler: Handler | None = self.get(resource_type)
        if handler is None:
            raise KeyError(resource_type)
        return handler

    def get(self, resource_type: str, default: Any = None) -> Any:
        """Return the handler of a type in the region of the request, `default` if unknown."""
        if not is_native(resource_type) and not _exists(resource_type):
            return default
        if resource_type not in self.made:
            if is_native(resource_type):
                stock = super().__getitem__(resource_type)
                handler = _native(self._extension, resource_type, stock)
                if resource_type in _BEYOND:
                    handler = _either(
                        handler, _generic(self._extension, resource_type), _BEYOND[resource_type]
                    )
            else:
                handler = _generic(self._extension, resource_type)
            self.made[resource_type] = handler
        return self.made[resource_type]


class ReplacingProperties(dict[str, tuple[str, ...]]):
    """Create-only properties by type: ministack's, or those of the schema."""

    def get(self, resource_type: str, default: Any = None) -> Any:
        """Return the properties of a type whose change replaces the resource."""
        stock = super().get(resource_type, default)
        if stock is not None or not _exists(resource_type):
            return stock
        return resource_schema(resource_type, get_region()).replacing_properties


def _exists(resource_type: str) -> bool:
    if not has_schema(resource_type):
        return False
    try:
        resource_schema(resource_type, get_region())
    except UnknownResourceTypeError:
        return False
    return True


def _refuse_needed(extension: Extension, resource_type: str, physical_id: str) -> None:
    """Keep what a resource needs that could not be deleted, as CloudFormation does.

    Raises:
        ResourceError: another resource of the stack that could not be deleted depends on it.
    """
    account, region = get_account_id(), get_region()
    record = extension.records.get(account, region, resource_type, physical_id)
    if record is None:
        return
    if (other := failed_dependent(account, region, record.stack, record.logical_id)) is not None:
        raise ResourceError(f"kept, because {other} could not be deleted and depends on it")


def _native(extension: Extension, resource_type: str, stock: Handler) -> Handler:
    def kept(owner: Owner, properties: Properties, made: Made) -> Made:
        physical_id, given = made
        old = extension.records.get(owner.account, owner.region, resource_type, physical_id)
        attributes = patches.attributes(
            resource_type, owner, physical_id, properties, given, old.attributes if old else {}
        )
        patches.bucket(s3, resource_type, physical_id, properties)
        extension.keep_native(resource_type, owner, physical_id, properties, attributes)
        return physical_id, attributes

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        owner = owner_of(stack, logical_id)
        extension.before("create", resource_type, owner, properties)
        made = stock["create"](logical_id, properties, stack)
        extension.refuse_taken(resource_type, owner, made[0])
        return kept(owner, properties, made)

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        owner = owner_of(stack, logical_id)
        extension.before("update", resource_type, owner, new)
        more = (logical_id,) if stock.get("update_with_logical_id") else ()
        return kept(owner, new, stock["update"](physical_id, old, new, stack, *more))

    def delete(physical_id: str, properties: Properties, *more: Any) -> None:
        account, region = get_account_id(), get_region()
        _refuse_needed(extension, resource_type, physical_id)
        extension.before_delete(resource_type, account, region, physical_id)
        patches.refuse_attached(iam, resource_type, physical_id, properties)
        stock["delete"](physical_id, properties, *more)
        extension.forget(resource_type, account, region, physical_id)

    handler = {**stock, "create": create}
    if "update" in stock:
        handler |= {"update": update, "update_with_logical_id": True}
    if "delete" in stock:
        handler["delete"] = delete
    return handler


def _either(native: Handler, generic: Handler, keys: Collection[str]) -> Handler:
    """Choose the generic handler for resources with a property that the native one refuses."""

    def of(properties: Properties) -> Handler:
        return generic if any(key in properties for key in keys) else native

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        made: Made = of(properties)["create"](logical_id, properties, stack)
        return made

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        made: Made
        if of(old) is of(new):
            made = of(new)["update"](physical_id, old, new, stack, logical_id)
            return made
        of(old)["delete"](physical_id, old)
        return create(logical_id, new, stack)

    def delete(physical_id: str, properties: Properties, *more: Any) -> None:
        handler = of(properties)
        handler["delete"](physical_id, properties, *(more if handler is native else ()))

    return {
        **native,
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": delete,
    }


def _generic(extension: Extension, resource_type: str) -> Handler:
    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        owner = owner_of(stack, logical_id)
        extension.before("create", resource_type, owner, properties)
        label, service = label_of(resource_type, owner.region)
        if label == NATIVE:
            label = RECORDED
        record = extension.create(resource_type, owner, properties, label, service)
        return record.physical_id, dict(record.attributes)

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        owner = owner_of(stack, logical_id)
        if extension.replaces(resource_type, owner, old, new):
            return create(logical_id, new, stack)
        extension.before("update", resource_type, owner, new)
        record = extension.update(resource_type, owner, physical_id, new)
        return record.physical_id, dict(record.attributes)

    def delete(physical_id: str, properties: Properties) -> None:
        account, region = get_account_id(), get_region()
        _refuse_needed(extension, resource_type, physical_id)
        extension.before_delete(resource_type, account, region, physical_id)
        extension.delete(resource_type, account, region, physical_id)

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}
