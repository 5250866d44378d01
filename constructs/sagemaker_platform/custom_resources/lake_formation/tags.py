"""LF-tags: the values a key may have, and what carries them."""

from ..common.calls import PAUSES, Caller, GoneError, Item, RefusedError, client, pause
from .targets import resource_of


def put_value(properties: Item, caller: Caller) -> None:
    """Let a key have a value, and exist.

    Args:
        properties: `Key` and `Value`.
        caller: calls AWS.
    """
    key, value = properties["Key"], properties["Value"]
    formation = client("lakeformation")
    for seconds in (*PAUSES, 0):
        known = _values(key, caller)
        if known is not None and value in known:
            return
        try:
            if known is None:
                caller.need("value", formation.create_lf_tag, TagKey=key, TagValues=[value])
            else:
                caller.need("value", formation.update_lf_tag, TagKey=key, TagValuesToAdd=[value])
            return
        except RefusedError as error:
            # Another value of the key came first, or the last one went.
            passing = isinstance(error, GoneError) or error.code == "InvalidInputException"
            if not passing or not seconds:
                raise
            pause(seconds)


def remove_value(properties: Item, caller: Caller) -> None:
    """Take a value from a key, and the key with its last value."""
    key, value = properties["Key"], properties["Value"]
    formation = client("lakeformation")
    known = _values(key, caller)
    if known is None or value not in known:
        return
    if known == [value]:
        caller.call("key", formation.delete_lf_tag, TagKey=key)
    else:
        caller.call("value", formation.update_lf_tag, TagKey=key, TagValuesToDelete=[value])


def _values(key: str, caller: Caller) -> list[str] | None:
    answer = caller.call("values", client("lakeformation").get_lf_tag, TagKey=key)
    return None if answer is None else answer.get("TagValues", [])


def put_assignment(properties: Item, old: Item, caller: Caller) -> None:
    """Let a database, table or column carry tags, and lose those it carried for us before.

    Args:
        properties: `Target` and `Tags`, one value for each key.
        old: the properties before this change; empty when there were none.
        caller: calls AWS.
    """
    resource = resource_of(properties["Target"])
    add = client("lakeformation").add_lf_tags_to_resource
    answer = caller.need("LF-tags", add, Resource=resource, LFTags=_pairs(properties["Tags"]))
    _raise_for(answer)
    lost = {key: old["Tags"][key] for key in old.get("Tags", {}) if key not in properties["Tags"]}
    if lost:
        _remove(resource, lost, caller)


def remove_assignment(properties: Item, caller: Caller) -> None:
    """Take our tags from what carries them."""
    _remove(resource_of(properties["Target"]), properties["Tags"], caller)


def _remove(resource: Item, tags: Item, caller: Caller) -> None:
    remove = client("lakeformation").remove_lf_tags_from_resource
    answer = caller.call("LF-tags", remove, Resource=resource, LFTags=_pairs(tags))
    _raise_for(answer or {}, unless="EntityNotFoundException")


def _pairs(tags: Item) -> list[Item]:
    return [{"TagKey": key, "TagValues": [value]} for key, value in sorted(tags.items())]


def _raise_for(answer: Item, unless: str = "") -> None:
    """Raise an error for tags that were refused although the call succeeded."""
    failures = [
        f"{failure['LFTag']['TagKey']}: {failure['Error'].get('ErrorMessage', '')}"
        for failure in answer.get("Failures", [])
        if failure["Error"].get("ErrorCode") != unless
    ]
    if failures:
        raise RefusedError(f"Lake Formation refuses LF-tags: {'; '.join(failures)}")
