"""LF-tags: the values of a key, and the resources that have them."""

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, NotFoundError
from ..common.waiting import Item, wait_until
from .targets import resource_of

# Time-out of an update of a key that other resources update at the same time.
_CONFLICT_TIMEOUT_SECONDS = 75.0


def put_value(properties: Item, caller: Caller) -> None:
    """Add a value to a key, and create the key if needed.

    Args:
        properties: `Key` and `Value`.
        caller: calls AWS.
    """
    key, value = properties["Key"], properties["Value"]

    def attempt() -> None:
        formation = client("lakeformation")
        known = _values(key, caller)
        if known is None:
            caller.require("LF-tag", formation.create_lf_tag, TagKey=key, TagValues=[value])
        elif value not in known:
            caller.require("LF-tag", formation.update_lf_tag, TagKey=key, TagValuesToAdd=[value])

    wait_until(attempt, timeout_seconds=_CONFLICT_TIMEOUT_SECONDS, retry_if=_is_conflict)


def _is_conflict(error: Exception) -> bool:
    """Return whether another value created the key first, or the last value deleted it."""
    return isinstance(error, NotFoundError) or (
        isinstance(error, CustomResourceError) and error.code == "InvalidInputException"
    )


def remove_value(properties: Item, caller: Caller) -> None:
    """Remove a value from a key; delete the key with its last value."""
    key, value = properties["Key"], properties["Value"]
    formation = client("lakeformation")
    known = _values(key, caller)
    if known is None or value not in known:
        return
    if known == [value]:
        caller.call("LF-tag", formation.delete_lf_tag, TagKey=key)
    else:
        caller.call("LF-tag", formation.update_lf_tag, TagKey=key, TagValuesToDelete=[value])


def _values(key: str, caller: Caller) -> list[str] | None:
    answer = caller.call("LF-tag", client("lakeformation").get_lf_tag, TagKey=key)
    return None if answer is None else answer.get("TagValues", [])


def put_assignment(properties: Item, old: Item, caller: Caller) -> None:
    """Assign LF-tags to a database, table or column, and remove those assigned here before.

    Args:
        properties: `Target` and `Tags`, one value for each key.
        old: the properties before this change; empty for a new resource.
        caller: calls AWS.
    """
    resource = resource_of(properties["Target"])
    add = client("lakeformation").add_lf_tags_to_resource
    answer = caller.require("LF-tags", add, Resource=resource, LFTags=_pairs(properties["Tags"]))
    _raise_for(answer)
    removed = {
        key: old["Tags"][key] for key in old.get("Tags", {}) if key not in properties["Tags"]
    }
    if removed:
        _remove(resource, removed, caller)


def remove_assignment(properties: Item, caller: Caller) -> None:
    """Remove the LF-tags that were assigned here."""
    _remove(resource_of(properties["Target"]), properties["Tags"], caller)


def _remove(resource: Item, tags: Item, caller: Caller) -> None:
    remove = client("lakeformation").remove_lf_tags_from_resource
    answer = caller.call("LF-tags", remove, Resource=resource, LFTags=_pairs(tags))
    _raise_for(answer or {}, unless="EntityNotFoundException")


def _pairs(tags: Item) -> list[Item]:
    return [{"TagKey": key, "TagValues": [value]} for key, value in sorted(tags.items())]


def _raise_for(answer: Item, unless: str = "") -> None:
    """Raise an error for LF-tags that were refused although the call succeeded."""
    failures = [
        f"{failure['LFTag']['TagKey']}: {failure['Error'].get('ErrorMessage', '')}"
        for failure in answer.get("Failures", [])
        if failure["Error"].get("ErrorCode") != unless
    ]
    if failures:
        raise CustomResourceError(
            f"Lake Formation refuses LF-tags: {'; '.join(failures)}. Correct the LF-tags in the "
            "settings"
        )
