"""Rules of the catalog with projects, units and data sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error
from stacks.unified_studio.catalog_class_settings import (
    CLASS_FORM,
    CLASSES,
    catalog_of,
    class_of,
    forms_of,
    has_classes,
)

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings
    from stacks.unified_studio.catalog_settings import (
        CatalogSettings,
        FieldSettings,
        RuleSettings,
    )
    from stacks.unified_studio.data_source_settings import DataSourceSettings, FormValue
    from stacks.unified_studio.project_settings import ProjectSettings
    from stacks.unified_studio.settings import HostSettings

_AT = "unified_studio.host.catalog"
_TABLES = ("glue_table", "glue_view")
_VALUES = {"string": "a string", "integer": "a whole number", "boolean": "true or false"}


def check_catalog(host: HostSettings, environment: EnvironmentSettings) -> None:
    """Refuse what the catalog does not have, and what AWS refuses."""
    catalog = catalog_of(host, environment)
    if catalog is not None:
        assert host.catalog is not None, "there is a catalog"
        _check_owners(host.catalog, list(host.projects))
        if has_classes(environment):
            _check_reserved(host.catalog)
        _check_names(catalog)
        _check_fields(catalog)
        for key, rule in catalog.rules.items():
            _check_rule(f"{_AT}.rules.{key}", rule, catalog, host)
        _check_demands(catalog.rules)
    for key, project in host.projects.items():
        for name, source in project.data_sources.items():
            at = f"unified_studio.host.projects.{key}.data_sources.{name}.forms"
            if source.forms and catalog is None:
                raise validation_error(
                    "must not be given without unified_studio.host.catalog, which has the forms",
                    at=at,
                )
            if catalog is not None:
                _check_source(at, source, catalog, environment)


def warn_of_rules(host: HostSettings, environment: EnvironmentSettings) -> Iterator[str]:
    """Yield warnings about data sources that AWS does not let publish."""
    for key, project in host.projects.items():
        for name, source in project.data_sources.items():
            if not (source.publish and source.enabled):
                continue
            forms = forms_of(source, host, environment)
            for rule_key, rule in (host.catalog.rules if host.catalog else {}).items():
                if rule.before != "publishing" or not _applies(rule, key, project):
                    continue
                missing = [one for one in rule.forms or () if one not in forms]
                if missing or rule.terms:
                    what = f"forms: {', '.join(missing)}" if missing else "terms"
                    fix = "add them to forms, or set" if missing else "set"
                    yield (
                        f"unified_studio.host.projects.{key}.data_sources.{name}: AWS publishes "
                        f"no table of it, because the rule {rule_key} demands {what}; {fix} "
                        "publish to false, so that a member publishes after filling them in"
                    )


def _applies(rule: RuleSettings, key: str, project: ProjectSettings) -> bool:
    types = rule.asset_types
    return (
        _within(project.unit, rule.unit)
        and (rule.projects is None or key in rule.projects)
        and (types is None or any(one in types for one in _TABLES))
    )


def _within(unit: str | None, other: str | None) -> bool:
    """Return whether a unit is another one, or below it."""
    return other is None or unit == other or (unit or "").startswith(f"{other}/")


def _one_of(value: str, known: Sequence[str], what: str, *, at: str) -> None:
    if value not in known:
        raise validation_error(
            f"must be {what}: {', '.join(known) or 'there is none'}{close_to(value, known)}",
            at=at,
            value=value,
        )


def _check_owners(catalog: CatalogSettings, projects: Sequence[str]) -> None:
    what = "a key of host.projects"
    _one_of(catalog.project, projects, what, at=f"{_AT}.project")
    for kind, items in (("glossaries", catalog.glossaries), ("forms", catalog.forms)):
        for key, one in items.items():
            if one.project is not None:
                _one_of(one.project, projects, what, at=f"{_AT}.{kind}.{key}.project")


def _check_reserved(catalog: CatalogSettings) -> None:
    for kind, items, key in (
        ("glossaries", catalog.glossaries, CLASSES),
        ("forms", catalog.forms, CLASS_FORM),
    ):
        if key in items:
            raise validation_error(
                "must be another key: with data_classes in the file, the platform adds this one",
                at=f"{_AT}.{kind}.{key}",
                value=key,
            )


def _check_names(catalog: CatalogSettings) -> None:
    """Refuse a second glossary or rule of one name (API reference, "CreateGlossary")."""
    for kind, items in (("glossaries", catalog.glossaries), ("rules", catalog.rules)):
        names: dict[str, str] = {}
        for key, one in items.items():
            if (earlier := names.setdefault(one.name, key)) != key:
                raise validation_error(
                    f"must be another name than that of {earlier}",
                    at=f"{_AT}.{kind}.{key}.name",
                    value=one.name,
                )


def _check_fields(catalog: CatalogSettings) -> None:
    for form_key, form in catalog.forms.items():
        for key, field in form.fields.items():
            if field.glossary is None:
                continue
            at = f"{_AT}.forms.{form_key}.fields.{key}.glossary"
            _one_of(field.glossary, list(catalog.glossaries), "a key of glossaries", at=at)
            _check_enabled(catalog.glossaries[field.glossary].enabled, field.glossary, at=at)


def _check_enabled(enabled: bool, key: str, *, at: str) -> None:
    if not enabled:
        raise validation_error(
            "must not be disabled, because AWS offers it to no one. Remove enabled: false there, "
            "or the line here",
            at=at,
            value=key,
        )


def _check_rule(at: str, rule: RuleSettings, catalog: CatalogSettings, host: HostSettings) -> None:
    if rule.unit is not None:
        _one_of(rule.unit, list(host.unit_paths), "the path of a unit", at=f"{at}.unit")
    for index, key in enumerate(rule.forms or ()):
        place = f"{at}.forms.{index}"
        _one_of(key, list(catalog.forms), "a key of forms", at=place)
        _check_enabled(catalog.forms[key].enabled, key, at=place)
    terms = {
        f"{key}/{term}": glossary.enabled and one.enabled
        for key, glossary in catalog.glossaries.items()
        for term, one in glossary.terms.items()
    }
    for index, path in enumerate(rule.terms or ()):
        _one_of(path, list(terms), "a term of glossaries", at=f"{at}.terms.{index}")
        _check_enabled(terms[path], path, at=f"{at}.terms.{index}")
    for index, key in enumerate(rule.projects or ()):
        inside = [name for name, one in host.projects.items() if _within(one.unit, rule.unit)]
        what = "a key of host.projects" + (f" in the unit {rule.unit}" if rule.unit else "")
        _one_of(key, inside, what, at=f"{at}.projects.{index}")


def _check_demands(rules: Mapping[str, RuleSettings]) -> None:
    """Refuse two rules with one form, before the same, in one branch of units.

    AWS answers "Rule with action … and metadata form … already exists in domain units hierarchy".
    """
    seen: list[tuple[str, str, str, str | None]] = []
    for key, rule in rules.items():
        for index, form in enumerate(rule.forms or ()):
            for earlier, before, demanded, unit in seen:
                nested = _within(rule.unit, unit) or _within(unit, rule.unit)
                if (before, demanded) == (rule.before, form) and nested:
                    raise validation_error(
                        f"must not be demanded twice: the rule {earlier} demands it before "
                        f"{before} in the same unit or in one above or below, and AWS refuses a "
                        "second such rule. Remove one of them",
                        at=f"{_AT}.rules.{key}.forms.{index}",
                        value=form,
                    )
        seen += [(key, rule.before, form, rule.unit) for form in rule.forms or ()]


def _check_source(
    at: str, source: DataSourceSettings, catalog: CatalogSettings, environment: EnvironmentSettings
) -> None:
    if CLASS_FORM in source.forms and class_of(source, environment) and has_classes(environment):
        raise validation_error(
            "must not be given, because the layer has a data_class. Remove the lines",
            at=f"{at}.{CLASS_FORM}",
        )
    for key, values in source.forms.items():
        _one_of(key, list(catalog.forms), "a key of catalog.forms", at=f"{at}.{key}")
        form = catalog.forms[key]
        _check_enabled(form.enabled, key, at=f"{at}.{key}")
        for name, value in values.items():
            place = f"{at}.{key}.{name}"
            _one_of(name, list(form.fields), f"a field of the form {key}", at=place)
            _check_value(value, form.fields[name], catalog, at=place)
        missing = [n for n, one in form.fields.items() if one.required and n not in values]
        if missing:
            raise validation_error(
                f"must have the fields that the form requires. Add {', '.join(missing)}",
                at=f"{at}.{key}",
            )


def _check_value(
    value: FormValue, field: FieldSettings, catalog: CatalogSettings, *, at: str
) -> None:
    if field.glossary is not None:
        terms = catalog.glossaries[field.glossary].terms
        _one_of(str(value), list(terms), f"a term of the glossary {field.glossary}", at=at)
        _check_enabled(terms[str(value)].enabled, str(value), at=at)
        return
    kinds = {"string": str, "integer": int, "boolean": bool}
    if type(value) is not kinds[field.type]:
        raise validation_error(f"must be {_VALUES[field.type]}", at=at, value=value)
