"""Refusal of passwords, tokens and keys in settings, whatever the key that holds them."""

from collections.abc import Iterator
from typing import Any

from sagemaker_platform.catalog.credentials import find_argument, find_credential

Keys = list[str | int]


def find_credentials(data: Any, keys: Keys | None = None) -> Iterator[tuple[Keys, str]]:
    """Yield the place of each credential in a document, and an error that does not show it.

    Args:
        data: content of a settings file.
        keys: path of the data in the file.
    """
    keys = keys or []
    if isinstance(data, dict):
        name, value = data.get("name"), data.get("value")
        if isinstance(name, str) and isinstance(value, str):
            yield from _found([*keys, "value"], name, value)
        for key, below in data.items():
            yield from find_credentials(below, [*keys, key])
    elif isinstance(data, list):
        index = find_argument([one if isinstance(one, str) else "" for one in data])
        if index is not None:
            yield [*keys, index], _message("a credential")
        for number, below in enumerate(data):
            if not isinstance(below, str):
                yield from find_credentials(below, [*keys, number])
    elif isinstance(data, str):
        yield from _found(keys, str(keys[-1]) if keys else "", data)


def _found(keys: Keys, name: str, value: str) -> Iterator[tuple[Keys, str]]:
    if what := find_credential(name, value):
        yield keys, _message(what)


def _message(what: str) -> str:
    return (
        f"got a value that looks like {what}; must not be a credential, because settings and "
        "templates are readable. Fix: store it in AWS Secrets Manager, and give your code the "
        "ARN of the secret in its place"
    )
