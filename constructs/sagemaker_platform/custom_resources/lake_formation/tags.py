"""LF-tags: the values a key may have, and what carries them."""

from botocore.exceptions import ClientError

from .calls import PAUSES, Item, LakeFormationError, call, client, code_of, is_gone, pause
from .targets import resource_of


def put_value(properties: Item) -> None:
    """Let a key have a value, and exist.

    Args:
        properties: `Key` and `Value`.
    """
    key, value = properties["Key"], properties["Value"]
    formation = client("lakeformation")
    for seconds in (*PAUSES, 0):
        known = _values(key)
        if known is not None and value in known:
            return
        try:
            if known is None:
                call(formation.create_lf_tag, TagKey=key, TagValues=[value])
            else:
                call(formation.update_lf_tag, TagKey=key, TagValuesToAdd=[value])
            return
        except ClientError as error:
            # Another value of the key came first, or the last one went.
            if not (is_gone(error) or code_of(error) == "InvalidInputException") or not seconds:
                raise
            pause(seconds)


def remove_value(properties: Item) -> None:
    """Take a value from a key, and the key with its last value."""
    key, value = properties["Key"], properties["Value"]
    formation = client("lakeformation")
    known = _values(key)
    if known is None or value not in known:
        return
    try:
        if known == [value]:
            call(formation.delete_lf_tag, TagKey=key)
        else:
            call(formation.update_lf_tag, TagKey=key, TagValuesToDelete=[value])
    except ClientError as error:
        if not is_gone(error):
            raise


def _values(key: str) -> list[str] | None:
    try:
        answer = call(client("lakeformation").get_lf_tag, TagKey=key)
    except ClientError as error:
        if is_gone(error):
            return None
        raise
    found: list[str] = answer.get("TagValues", [])
    return found


def put_assignment(properties: Item, old: Item) -> None:
    """Let a database, table or column carry tags, and lose those it carried for us before.

    Args:
        properties: `Target` and `Tags`, one value for each key.
        old: the properties before this change; empty when there were none.
    """
    resource = resource_of(properties["Target"])
    _add(resource, properties["Tags"])
    lost = {key: old["Tags"][key] for key in old.get("Tags", {}) if key not in properties["Tags"]}
    if lost:
        _remove(resource, lost)


def remove_assignment(properties: Item) -> None:
    """Take our tags from what carries them."""
    _remove(resource_of(properties["Target"]), properties["Tags"])


def _add(resource: Item, tags: Item) -> None:
    answer = call(
        client("lakeformation").add_lf_tags_to_resource, Resource=resource, LFTags=_pairs(tags)
    )
    _raise_for(answer)


def _remove(resource: Item, tags: Item) -> None:
    try:
        answer = call(
            client("lakeformation").remove_lf_tags_from_resource,
            Resource=resource,
            LFTags=_pairs(tags),
        )
    except ClientError as error:
        if not is_gone(error):
            raise
        return
    _raise_for(answer, unless="EntityNotFoundException")


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
        raise LakeFormationError(f"Lake Formation refuses LF-tags: {'; '.join(failures)}")
