"""Wildcards and policy variables in the text of IAM policies.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "Variables and tags".
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

Context = Mapping[str, str | Sequence[str]]
"""Condition keys in lower case, each with its value or values."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
# A wildcard character that is meant literally, until a pattern is compiled.
_LITERAL = {"*": "\ue000", "?": "\ue001"}
_FROM_LITERAL = {code: character for character, code in _LITERAL.items()}
_TO_LITERAL = str.maketrans(_LITERAL)
_TO_PLAIN = str.maketrans(_FROM_LITERAL)
_COLONS_BEFORE_RESOURCE = 5


def expand(text: str, context: Context) -> str | None:
    """Replace the variables of a policy's text.

    Args:
        text: a resource, or the value of a condition.
        context: the condition keys of the request.

    Returns:
        The text, with literal wildcard characters marked; None if a variable has no value, or
        more than one: then the text matches nothing.
    """
    if "${" not in text:
        return text
    parts: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        value = _value(match[1], context)
        if value is None:
            return None
        parts += text[end : match.start()], value.translate(_TO_LITERAL)
        end = match.end()
    return "".join(parts) + text[end:]


def _value(name: str, context: Context) -> str | None:
    if name in ("*", "?", "$"):
        return name
    key, comma, default = name.partition(",")
    value = context.get(key.strip().lower())
    if isinstance(value, str):
        return value
    if value is None and comma:
        return default.strip().strip("'")
    return None


def plain(text: str) -> str:
    """Return expanded text as it reads when no character of it is a wildcard."""
    return text.translate(_TO_PLAIN)


@cache
def glob(text: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Compile expanded text in which ``*`` and ``?`` are wildcards."""
    return re.compile(_regex(text), re.S | (re.I if ignore_case else 0))


@cache
def arn_glob(text: str) -> re.Pattern[str]:
    """Compile an ARN of a `Resource` element.

    A wildcard stays within its segment, the part between two colons, unless it ends the segment.
    """
    *first, resource = text.split(":", _COLONS_BEFORE_RESOURCE)
    return re.compile(":".join([*map(_segment, first), _regex(resource)]), re.S)


def arn_like(text: str, value: str) -> bool:
    """Whether an ARN fits expanded text by the ARN operators, which compare each segment."""
    patterns = text.split(":", _COLONS_BEFORE_RESOURCE)
    values = value.split(":", _COLONS_BEFORE_RESOURCE)
    if len(patterns) != len(values):
        return text == "*"
    return all(glob(one).fullmatch(other) for one, other in zip(patterns, values, strict=True))


def _segment(text: str) -> str:
    if text.endswith("*"):
        return _regex(text[:-1], "[^:]*") + ".*"
    return _regex(text, "[^:]*")


def _regex(text: str, star: str = ".*") -> str:
    return "".join(
        star
        if character == "*"
        else "."
        if character == "?"
        else re.escape(_FROM_LITERAL.get(character, character))
        for character in text
    )
