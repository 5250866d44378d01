"""Reading settings files, with errors made for people."""

import difflib
import ipaddress
import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stacks.fields import close_to
from stacks.settings import EnvironmentSettings

ENVIRONMENTS = Path("environments")

_WORDS = {
    "missing": "is missing",
    "string_type": "must be a text; put it in quotes if YAML reads it as something else",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a block of keys and values",
    "model_type": "must be a block of keys and values",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entries, not {actual_length}",
    "too_long": "must have at most {max_length} entries, not {actual_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "string_pattern_mismatch": "must match {pattern}",
    "literal_error": "must be {expected}",
}


class SettingsError(Exception):
    """Settings that cannot be used; the message says for each fault where and why."""


def load_environments(
    *, names: Sequence[str] = (), files: Sequence[str] = ()
) -> list[EnvironmentSettings]:
    """Read environments, in the order of their names.

    Args:
        names: which environments of ``environments/`` to read; absent, all of them.
        files: settings files to read in place of ``environments/``.

    Raises:
        SettingsError: a file is missing or wrong, or two environments clash.
    """
    paths = [Path(file) for file in files] or sorted(ENVIRONMENTS.glob("*.yaml"))
    if not paths:
        raise SettingsError(f"{ENVIRONMENTS}: holds no settings files (*.yaml)")
    if names and not files:
        paths = [_path_of(name) for name in dict.fromkeys(names)]
    faults: list[str] = []
    environments: dict[Path, EnvironmentSettings] = {}
    for path in paths:
        try:
            environments[path] = _load(path)
        except SettingsError as error:
            faults.append(str(error))
    faults += _clashes(environments)
    if faults:
        raise SettingsError("\n".join(faults))
    return sorted(environments.values(), key=lambda environment: environment.name)


def _path_of(name: str) -> Path:
    path = ENVIRONMENTS / f"{name}.yaml"
    if not path.is_file():
        known = sorted(file.stem for file in ENVIRONMENTS.glob("*.yaml"))
        raise SettingsError(
            f"{path}: no such environment{close_to(name, known)} There are: {', '.join(known)}"
        )
    return path


def _load(path: Path) -> EnvironmentSettings:
    try:
        data = YAML(typ="rt").load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    except YAMLError as error:
        raise SettingsError(f"{path}: {_yaml_fault(error)}") from None
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: must hold keys and values, such as name: dev")
    try:
        environment = EnvironmentSettings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_sentence(path, data, details) for details in error.errors())
        ) from None
    if environment.name != path.stem:
        raise SettingsError(
            f"{_place(path, data, ['name'])}: name: got {_show(environment.name)}; must be "
            f"{path.stem}, like the file"
        )
    return environment


def _yaml_fault(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    line = f"line {mark.line + 1}: " if mark is not None else ""
    return f"{line}is no valid YAML: {' '.join(problem.split())}"


def _sentence(path: Path, data: Any, details: ErrorDetails) -> str:
    """Write one fault: file and line, key path, value, and what would be right."""
    context = details.get("ctx", {})
    keys: list[str | int] = [key for key in details["loc"] if key != "[key]"]
    value = details["input"]
    if details["type"] == "rule":
        keys += [int(key) if key.isdigit() else key for key in context["at"].split(".") if key]
        right = str(context["message"])
        if context["at"]:
            value = context["value"]
    elif details["type"] == "extra_forbidden":
        return f"{_place(path, data, keys)}: {_dotted(keys)}: no such key{_similar_key(keys)}"
    else:
        right = _WORDS.get(details["type"], details["msg"]).format(**context)
    got = "" if details["type"] == "missing" or value is None else f"got {_show(value)}; "
    return f"{_place(path, data, keys)}: {_dotted(keys)}: {got}{right}"


def _place(path: Path, data: Any, keys: Sequence[str | int]) -> str:
    line = 0
    for key in keys:
        try:
            line = (data.lc.key if isinstance(key, str) else data.lc.item)(key)[0]
            data = data[key]
        except (AttributeError, IndexError, KeyError, TypeError):
            break
    return f"{path}:{line + 1}"


def _dotted(keys: Sequence[str | int]) -> str:
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".")


def _show(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _similar_key(keys: Sequence[str | int]) -> str:
    model: Any = EnvironmentSettings
    for key in keys[:-1]:
        if isinstance(key, str):
            model = _model_of(model.model_fields[key].annotation)
    known, key = list(model.model_fields), str(keys[-1])
    matches = difflib.get_close_matches(key, known, n=1) or [k for k in known if key in k]
    return f"; did you mean {matches[0]}?" if matches else f"; there are: {', '.join(known)}"


def _model_of(annotation: Any) -> Any:
    """Return the settings class inside a list, an option or an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_of, get_args(annotation))), None)


def _clashes(environments: dict[Path, EnvironmentSettings]) -> Iterator[str]:
    for (path, one), (other_path, other) in combinations(environments.items(), 2):
        if one.name == other.name:
            yield f"{other_path}: name: got {_show(other.name)}, which {path} has too"
        elif (one.account, one.region) == (other.account, other.region) and _overlap(one, other):
            yield (
                f"{other_path}: network.cidr: got {_show(other.network.cidr)}, which overlaps "
                f"{one.network.cidr} of {path} in the same account and region; the two "
                "networks could never be connected"
            )


def _overlap(one: EnvironmentSettings, other: EnvironmentSettings) -> bool:
    if one.network.existing or other.network.existing:
        return False
    return ipaddress.IPv4Network(one.network.cidr).overlaps(
        ipaddress.IPv4Network(other.network.cidr)
    )
