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
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from stacks.blocks import Block
from stacks.fields import close_to, regions
from stacks.model_context import ModelContext, ModelContextError
from stacks.settings import EnvironmentSettings, environment_model

ENVIRONMENTS = Path("environments")

Keys = Sequence[str | int]
"""A path of keys and indices into a settings file."""

# Such as %YAML 1.1, which reads some values otherwise.
_DIRECTIVE = re.compile("^%", re.MULTILINE)

_WORDS = {
    "missing": "is missing",
    "string_type": "must be a text; put it in quotes if YAML reads it as something else",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number, and not an endless one",
    "multiple_of": "must be a multiple of {multiple_of}",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a block of keys and values",
    "model_type": "must be a block of keys and values",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have at most {max_length} entries",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "string_pattern_mismatch": "must match {pattern}",
    "literal_error": "must be {expected}",
    "invalid_key": "is a key, which must be a text; put it in quotes",
}


class SettingsError(Exception):
    """Settings that cannot be used; the message says for each fault where and why."""


def load_environments(
    *, names: Sequence[str] = (), files: Sequence[str] = (), locked: bool = True
) -> list[EnvironmentSettings]:
    """Read environments, in the order of their names.

    Args:
        names: which environments of ``environments/`` to read; absent, all of them.
        files: settings files to read in place of ``environments/``.
        locked: whether models of registries and hubs must have been looked up.

    Raises:
        SettingsError: a file is missing or wrong, or two environments clash.
    """
    if names and files:
        raise SettingsError("environments and files exclude each other: give one of them")
    faults: list[str] = []
    loaded: list[_Loaded] = []
    for path in _paths(names, files):
        try:
            loaded.append(_load(path, locked=locked))
        except SettingsError as error:
            faults.append(str(error))
    faults += _clashes(loaded)
    if faults:
        raise SettingsError("\n".join(faults))
    return sorted((one.settings for one in loaded), key=lambda settings: settings.name)


class _Loaded(NamedTuple):
    path: Path
    settings: EnvironmentSettings


def _paths(names: Sequence[str], files: Sequence[str]) -> Iterable[Path]:
    if names:
        return [ENVIRONMENTS / f"{name}.yaml" for name in dict.fromkeys(names)]
    if files:
        return dict.fromkeys(Path(file) for file in files)
    for path in ENVIRONMENTS.glob("*.yml"):
        raise SettingsError(f"{path}: must be called {path.stem}.yaml, or nobody reads it")
    paths = sorted(ENVIRONMENTS.glob("*.yaml"))
    if not paths:
        raise SettingsError(f"{ENVIRONMENTS}: holds no settings files (*.yaml)")
    return paths


def _load(path: Path, *, locked: bool) -> _Loaded:
    try:
        # In C, and without the lines, which only a fault needs. It knows no YAML 1.2, such as
        # a plain URL between brackets, and no directives: then, too, the slow reader is asked.
        text = path.read_text("utf-8")
        data = _with_lines(path) if _DIRECTIVE.search(text) else YAML(typ="safe").load(text)
    except Exception:
        data = _with_lines(path)
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: must hold keys and values, such as name: dev")
    try:
        environment = environment_model().model_validate(
            data, context=_source(path, data, locked=locked)
        )
    except ModelContextError as error:
        raise SettingsError(str(error)) from None
    except ValidationError as error:
        data = _with_lines(path)
        raise SettingsError(
            "\n".join(
                f"{path}:{line}: {sentence}"
                for line, sentence in sorted(_fault(data, details) for details in error.errors())
            )
        ) from None
    if environment.name != path.stem:
        raise SettingsError(
            f"{path}:{_line(_with_lines(path), ['name'])}: name: got {_show(environment.name)}; "
            f"must be {path.stem}, like the file"
        )
    return _Loaded(path, environment)


def _with_lines(path: Path) -> Any:
    """Return what a file holds, where each block knows the lines of its keys."""
    try:
        return YAML(typ="rt").load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: {_missing(path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    except YAMLError as error:
        raise SettingsError(f"{path}{_yaml_fault(error)}") from None
    except (RecursionError, ValueError) as error:
        # Of a date that does not exist, or what is no number despite its tag.
        raise SettingsError(f"{path}: is no valid YAML: {error}") from None


def _source(path: Path, data: Any, *, locked: bool) -> ModelContext | None:
    """Return what settings are checked against; None where the region itself is at fault."""
    region = data.get("region")
    return ModelContext(region=region, file=path, locked=locked) if region in regions() else None


def _missing(path: Path) -> str:
    if path.parent != ENVIRONMENTS:
        return "no such file"
    known = sorted(file.stem for file in ENVIRONMENTS.glob("*.yaml"))
    hint = close_to(path.stem, known) or f"; there are: {', '.join(known)}"
    return f"no such environment{hint}"


def _yaml_fault(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    line = f":{mark.line + 1}" if mark is not None else ""
    return f"{line}: is no valid YAML: {' '.join(problem.split())}"


def _fault(data: Any, details: ErrorDetails) -> tuple[int, str]:
    """Return the line of a fault, and its key path, value, and what would be right."""
    context = details.get("ctx", {})
    # Tags of unions stand among the keys, in angle brackets.
    path: list[str | int] = [key for key in details["loc"] if key != "[key]"]
    keys = [key for key in path if not _is_tag(key)]
    value = details["input"]
    if details["type"] == "rule":
        keys += [int(key) if key.isdigit() else key for key in context["at"].split(".") if key]
        right = str(context["message"])
        if context["at"]:
            value = context["value"]
    elif details["type"] == "extra_forbidden":
        return _line(data, keys), f"{_dotted(keys)}: no such key{_similar_key(path)}"
    elif details["type"] == "unknown_type":
        keys.append(context["key"])
        value, right = details["input"].get(context["key"]), details["msg"]
    elif details["type"] in _WORDS:
        right = _words(details["type"], value).format(**context)
    else:
        right = details["msg"]
    got = "" if details["type"] == "missing" or value is None else f"got {_show(value)}; "
    return _line(data, keys), f"{_dotted(keys)}: {got}{right}"


def _words(kind: str, value: Any) -> str:
    # A text that must also match a pattern has its length checked like a list's.
    return _WORDS[f"string_{kind}" if isinstance(value, str) and kind == "too_long" else kind]


def _line(data: Any, keys: Keys) -> int:
    """Return the line of a key, or of the last one on the way to it that is there."""
    line = 0
    for key in keys:
        try:
            line = (data.lc.key if isinstance(data, CommentedMap) else data.lc.item)(key)[0]
            data = data[key]
        except (AttributeError, IndexError, KeyError, TypeError):
            break
    return int(line) + 1


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
        return "a block that holds itself"
    return text if len(text) <= 80 else f"{text[:77]}..."


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
    return f"; did you mean {matches[0]}?" if matches else f"; there are: {', '.join(known)}"


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
            line = _line(_with_lines(other.path), keys)
            yield f"{other.path}:{line}: {_dotted(keys)}: got {_show(value)}; {right}"


def _clashes_of_two(one: _Loaded, other: _Loaded) -> Iterator[tuple[Keys, str, str]]:
    """Return where the second of two environments clashes with the first, and why."""
    first, second = one.settings, other.settings
    if first.name == second.name:
        yield ["name"], second.name, f"is the name of {one.path} too: give another"
        return
    if (first.account, first.region) != (second.account, second.region):
        return
    if _overlap(first, second):
        yield (
            ["network", "cidr"],
            second.network.cidr,
            f"must not overlap {first.network.cidr} of {one.path} in the same account and "
            "region: the two networks could never be connected",
        )
    taken = {name.made for each in first.capabilities for name in each.resource_names()}
    for name in (name for each in second.capabilities for name in each.resource_names()):
        if name.made in taken:
            right = f"makes the {name.made}, as {one.path} does in the same account and region"
            yield name.keys, name.value, right


def _overlap(one: EnvironmentSettings, other: EnvironmentSettings) -> bool:
    if one.network.existing or other.network.existing:
        return False
    return ipaddress.IPv4Network(one.network.cidr).overlaps(
        ipaddress.IPv4Network(other.network.cidr)
    )
