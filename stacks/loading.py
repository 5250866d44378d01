"""Reading settings files, with errors made for people."""

import difflib
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from stacks.blocks import Block
from stacks.credentials import find_credentials
from stacks.document import Document, DocumentError, Keys, parse_document
from stacks.fields import close_to
from stacks.model_context import ModelContext, ModelContextError
from stacks.registry import CapabilityError
from stacks.sagemaker_api import regions
from stacks.settings import EnvironmentSettings, environment_model

ENVIRONMENTS = Path("environments")

# Of a template that was not filled in.
_PLACEHOLDER = re.compile(r"\{\{.*\}\}|<.*>|\$\{.*\}")
# What is shown of a value, and of a message that quotes the file.
# Of a value that is a number or a word: how pydantic names what it tried.
_BRANCH = re.compile(r"literal\[.*\]|constrained-(int|float)|int|float")
_MAX_VALUE, _MAX_MESSAGE = 80, 1_000

_WORDS = {
    "missing": "must be given",
    "string_type": "must be a string. Put it in quotes if YAML reads it as another type",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "multiple_of": "must be a multiple of {multiple_of}",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a block of keys and values",
    "model_type": "must be a block of keys and values",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "string_pattern_mismatch": "must match {pattern}",
    "literal_error": "must be one of {expected}",
}


class SettingsError(Exception):
    """Invalid settings. The message has one line for each error: where, what and the rule."""


def load_environments(
    *, names: Sequence[str] = (), files: Sequence[str] = (), locked: bool = True
) -> list[EnvironmentSettings]:
    """Read environments, in the order of their names.

    Args:
        names: which environments of ``environments/`` to read. Defaults to all of them.
        files: settings files to read in place of ``environments/``.
        locked: whether models of registries and hubs must have been looked up.

    Raises:
        SettingsError: a file is missing or wrong, or two environments clash.
    """
    if names and files:
        raise SettingsError("environments and files are mutually exclusive. Pass one of them")
    errors: list[str] = []
    loaded: list[_Loaded] = []
    for path in _paths(names, files):
        try:
            loaded.append(_load(path, locked=locked))
        except SettingsError as error:
            errors.append(str(error))
    errors += _clashes(loaded)
    if not errors:
        # With all files that were asked for: what is missing has no errors.
        errors += _misfits(loaded)
    if errors:
        raise SettingsError("\n".join(errors))
    return sorted((one.settings for one in loaded), key=lambda settings: settings.name)


class _Loaded(NamedTuple):
    path: Path
    document: Document
    settings: EnvironmentSettings


def _paths(names: Sequence[str], files: Sequence[str]) -> Iterable[Path]:
    if names:
        return [ENVIRONMENTS / f"{name}.yaml" for name in dict.fromkeys(names)]
    if files:
        return dict.fromkeys(Path(file) for file in files)
    for path in ENVIRONMENTS.glob("*.yml"):
        raise SettingsError(f"{path}: must have the extension .yaml. Rename it to {path.stem}.yaml")
    paths = sorted(ENVIRONMENTS.glob("*.yaml"))
    if not paths:
        raise SettingsError(f"{ENVIRONMENTS}: must contain settings files (*.yaml)")
    return paths


def _load(path: Path, *, locked: bool) -> _Loaded:
    document = _read(path)
    data = document.data
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: must be a block of keys and values, such as name: dev")
    try:
        environment = environment_model().model_validate(
            data, context=_source(path, data, locked=locked)
        )
    except (CapabilityError, ModelContextError) as error:
        raise SettingsError(str(error)) from None
    except ValidationError as error:
        found = [_error(details) for details in _without_branches(error.errors())]
        found.sort(key=lambda one: (document.line(one[0]), _dotted(one[0]), one[1]))
        raise SettingsError(
            "\n".join(_message(path, document.line(keys), keys, text) for keys, text in found)
        ) from None
    if credentials := list(find_credentials(data)):
        raise SettingsError(
            "\n".join(_message(path, document.line(keys), keys, text) for keys, text in credentials)
        )
    if environment.name != path.stem:
        text = f"got {_show(environment.name)}; must be {path.stem}, like the file"
        raise SettingsError(_message(path, document.line(["name"]), ["name"], text))
    return _Loaded(path, document, environment)


def find_problems(path: Path, data: Any) -> list[tuple[Keys, str]]:
    """Return what is wrong with settings that no file has yet: key path, and value and rule.

    Args:
        path: file that they will be in.
        data: the settings.
    """
    try:
        environment_model().model_validate(data, context=_source(path, data, locked=True))
    except (CapabilityError, ModelContextError) as error:
        return [([], str(error))]
    except ValidationError as error:
        return [_error(details) for details in _without_branches(error.errors())]
    return []


def _read(path: Path) -> Document:
    try:
        return parse_document(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: {_missing(path)}") from None
    except IsADirectoryError:
        raise SettingsError(
            f"{path}: got a folder; must be a settings file. For all files in it, use {path}/*.yaml"
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path}: got byte {error.object[error.start]:#04x} at position {error.start}; must be "
            "text in UTF-8. Save the file as UTF-8"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except DocumentError as error:
        raise SettingsError("\n".join(_message(path, *one) for one in error.problems)) from None


def _message(path: Path, line: int | None, keys: Keys, text: str) -> str:
    """Return an error in one printable line."""
    place = "" if line is None else f":{line}"
    key = f"{_dotted(keys)}: " if keys else ""
    sentence = f"{key}{text}"
    if len(sentence) > _MAX_MESSAGE:
        sentence = f"{sentence[:_MAX_MESSAGE]}..."
    return f"{path}{place}: {_printable(sentence)}"


def _printable(text: str) -> str:
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )


def _source(path: Path, data: Any, *, locked: bool) -> ModelContext | None:
    """Return what settings are checked against; None where the region itself is invalid."""
    region = data.get("region")
    return ModelContext(region=region, file=path, locked=locked) if region in regions() else None


def _missing(path: Path) -> str:
    if path.parent != ENVIRONMENTS:
        return "no such file"
    known = sorted(file.stem for file in ENVIRONMENTS.glob("*.yaml"))
    hint = close_to(path.stem, known) or f"; must be one of {', '.join(known)}"
    return f"no such environment{hint}"


def _without_branches(errors: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Yield errors, with one in place of those that a number or a word gives for each of them."""
    seen: set[tuple[int | str, ...]] = set()
    for details in errors:
        *above, last = details["loc"] or ("",)
        if not (isinstance(last, str) and _BRANCH.fullmatch(last)):
            yield details
            continue
        number = isinstance(details["input"], int | float)
        if number is not last.startswith("literal") and tuple(above) not in seen:
            seen.add(tuple(above))
            details["loc"] = tuple(above)
            if not number:
                words = details["ctx"]["expected"].replace("'", "")
                message = f"must be a number, or {words}"
                details["type"] = "rule"
                details["ctx"] = {"message": message, "at": "", "value": None}
            yield details


def _error(details: ErrorDetails) -> tuple[Keys, str]:
    """Return the key path of an error, and what was found there and what the rule is."""
    context = details.get("ctx", {})
    kind = details["type"]
    path: list[str | int] = list(details["loc"])
    # pydantic's mark of an invalid key.
    if path[-1:] == ["[key]"] and kind != "extra_forbidden":
        path.pop()
    keys = [key for key in path if not _is_tag(key)]
    value = details["input"]
    if kind == "rule":
        keys += _keys(context["at"])
        right = str(context["message"])
        if context["at"]:
            value = context["value"]
    elif kind == "extra_forbidden":
        return keys, f"no such key{_similar_key(path)}"
    elif kind == "unknown_type":
        keys.append(context["key"])
        value, right = details["input"].get(context["key"]), details["msg"]
    elif kind in _WORDS:
        if kind == "literal_error":
            # pydantic's 'a', 'b' or 'c'.
            words = context["expected"].replace("'", "").replace(" or ", ", ")
            context = {"expected": words}
        right = _words(kind, value).format(**context)
    else:
        right = details["msg"]
    if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
        right += ". Replace the placeholder"
    got = "" if kind == "missing" or value is None else f"got {_show(value)}; "
    return keys, f"{got}{right}"


def _keys(at: str) -> list[str | int]:
    """Return the keys of a path in a message."""
    return [int(key) if key.isdigit() else key for key in at.split(".") if key]


def _words(kind: str, value: Any) -> str:
    # pydantic checks the length of a string that must also match a pattern like that of a list.
    return _WORDS[f"string_{kind}" if isinstance(value, str) and kind == "too_long" else kind]


def _dotted(keys: Keys) -> str:
    text = ""
    for key in keys:
        # A key may hold anything, even line breaks.
        text += f"[{key}]" if isinstance(key, int) else f".{' '.join(str(key).split())}"
    return text.removeprefix(".")


def _show(value: Any) -> str:
    try:
        text = json.dumps(value, default=str, ensure_ascii=False)
    except ValueError:
        # Python writes no number of more than 4,300 digits.
        return "a number that is too long"
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 3]}..."


def _is_tag(key: str | int) -> bool:
    return isinstance(key, str) and key.startswith("<") and key.endswith(">")


def _similar_key(path: Keys) -> str:
    model: Any = environment_model()
    for position, key in enumerate(path[:-1]):
        # A name that the file gives is no field.
        if isinstance(key, str) and not _is_tag(key) and key in model.model_fields:
            annotation = model.model_fields[key].annotation
            # After the key, or after an index behind it.
            tags = [found for found in path[position + 1 : position + 3] if _is_tag(found)]
            model = _model_of(annotation, tag=str(tags[0]) if tags else None)
    known, key = list(model.model_fields), str(path[-1])
    matches = difflib.get_close_matches(key.lower(), known, n=1) or [k for k in known if key in k]
    return f"; did you mean {matches[0]}?" if matches else f"; valid keys: {', '.join(known)}"


def _model_of(annotation: Any, *, tag: str | None = None) -> Any:
    """Return the settings class inside a list, an option or an annotation.

    Args:
        annotation: of a field.
        tag: of the member of a union that is meant.
    """
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return _model_of(annotation.load(), tag=tag)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments = get_args(annotation)
    tags = [one.tag for one in arguments if isinstance(one, Tag)]
    if tag is not None and tags and tag not in tags:
        return None
    return next(filter(None, (_model_of(one, tag=tag) for one in arguments)), None)


def _clashes(loaded: Sequence[_Loaded]) -> Iterator[str]:
    for one, other in combinations(loaded, 2):
        for keys, value, right in _clashes_of_two(one, other):
            line = other.document.line(keys)
            yield _message(other.path, line, keys, f"got {_show(value)}; {right}")


def _misfits(loaded: Sequence[_Loaded]) -> Iterator[str]:
    """Yield what capabilities say about the other environments."""
    for one in loaded:
        others = [other.settings for other in loaded if other is not one]
        for capability in one.settings.capabilities:
            for error in capability.among(others):
                context = error.context or {}
                keys = _keys(context["at"])
                text = f"got {_show(context['value'])}; {context['message']}"
                yield _message(one.path, one.document.line(keys), keys, text)


def _clashes_of_two(one: _Loaded, other: _Loaded) -> Iterator[tuple[Keys, str, str]]:
    """Return where the second of two environments clashes with the first, and why."""
    first, second = one.settings, other.settings
    if first.name == second.name:
        yield ["name"], second.name, f"must be unique: {one.path} has the same name"
        return
    if first.account != second.account:
        return
    same_region = first.region == second.region
    if same_region and _overlap(first, second):
        yield (
            ["network", "cidr"],
            second.network.cidr,
            f"must not overlap {first.network.cidr} of {one.path} in the same account and "
            "region, because overlapping networks cannot be connected",
        )
    taken = {name.resource for each in first.capabilities for name in each.resource_names()}
    for name in (name for each in second.capabilities for name in each.resource_names()):
        if name.resource in taken and (same_region or not name.in_region):
            place = "account and region" if name.in_region else "account"
            right = (
                f"must be unique: {one.path} also creates the {name.resource} in the same "
                f"{place}{f'. {name.fix}' if name.fix else ''}"
            )
            yield name.keys, name.value, right


def _overlap(one: EnvironmentSettings, other: EnvironmentSettings) -> bool:
    if one.network.existing or other.network.existing:
        return False
    return ipaddress.IPv4Network(one.network.cidr).overlaps(
        ipaddress.IPv4Network(other.network.cidr)
    )
