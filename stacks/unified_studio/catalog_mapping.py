"""The catalog of a domain as constructs: glossaries, metadata forms and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from constructs import Construct, IDependable

from sagemaker_platform.catalog.unified_studio import asset_types
from sagemaker_platform.unified_studio import (
    CatalogRule,
    FormField,
    FormValues,
    Glossary,
    GlossaryTerm,
    MetadataForm,
    OneProject,
    PolicyGrant,
)
from stacks.names import pascal_case

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy

    from sagemaker_platform.unified_studio import ProjectWaiter
    from stacks.unified_studio.catalog_settings import (
        CatalogSettings,
        FormSettings,
        GlossarySettings,
        RuleSettings,
    )
    from stacks.unified_studio.data_source_settings import FormValue


class Owner(NamedTuple):
    """A project that can own a part of the catalog.

    Attributes:
        project_id: its ID.
        unit_id: ID of its domain unit.
    """

    project_id: str
    unit_id: str


class CatalogMapping:
    """Creates the catalog, and fills in the forms of data sources.

    Args:
        scope: scope of the constructs.
        settings: the catalog, with the data classes.
        domain_id: ID of the domain.
        waiter: creates glossaries and rules.
        owners: all projects by key.
        units: IDs of the units by path.
        root_unit_id: ID of the root unit.
        removal_policy: with RETAIN, forms stay, and so do glossaries.

    Attributes:
        rules: rules, before which nothing is published.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        settings: CatalogSettings,
        domain_id: str,
        waiter: ProjectWaiter,
        owners: Mapping[str, Owner],
        units: Mapping[str, str],
        root_unit_id: str,
        removal_policy: RemovalPolicy,
    ) -> None:
        self._scope, self._settings, self._domain_id = scope, settings, domain_id
        self._waiter, self._owners = waiter, owners
        self._units, self._root_unit_id = units, root_unit_id
        self._removal_policy = removal_policy
        self._granted: dict[tuple[str, str], PolicyGrant] = {}
        self._glossaries = {
            key: self._glossary(key, one) for key, one in settings.glossaries.items()
        }
        self._forms = {key: self._form(key, one) for key, one in settings.forms.items()}
        self.rules: Sequence[IDependable] = [
            self._rule(key, one) for key, one in settings.rules.items()
        ]

    def filled(self, forms: Mapping[str, Mapping[str, FormValue]]) -> list[FormValues]:
        """Return forms with the values of their fields.

        Args:
            forms: values by field, by the key of the form.
        """
        return [
            FormValues(
                form=self._forms[key],
                values={
                    name: self._value(self._settings.forms[key], name, value)
                    for name, value in values.items()
                },
            )
            for key, values in forms.items()
        ]

    def _value(self, form: FormSettings, name: str, value: FormValue) -> object:
        glossary = form.fields[name].glossary
        if glossary is None:
            return value
        return [self._glossaries[glossary].term_id(str(value))]

    def _grant(self, policy: str, project: str) -> PolicyGrant:
        """Let the members of a project create something in its unit, once for all."""
        if (policy, project) not in self._granted:
            owner = self._owners[project]
            self._granted[policy, project] = PolicyGrant(
                self._scope,
                f"Catalog{pascal_case(policy)}{pascal_case(project)}",
                domain_id=self._domain_id,
                policy=policy,
                entity_id=owner.unit_id,
                grantee=OneProject(owner.project_id),
            )
        return self._granted[policy, project]

    def _glossary(self, key: str, settings: GlossarySettings) -> Glossary:
        project = self._settings.owner(settings)
        made = Glossary(
            self._scope,
            f"Glossary{pascal_case(key)}",
            waiter=self._waiter,
            project_id=self._owners[project].project_id,
            key=key,
            name=settings.name,
            description=settings.description or "",
            enabled=settings.enabled,
            terms={
                term: GlossaryTerm(
                    name=one.name,
                    short_description=one.short_description or "",
                    long_description=one.long_description or "",
                    is_a=one.is_a,
                    classifies=one.classifies,
                    enabled=one.enabled,
                )
                for term, one in settings.terms.items()
            },
        )
        made.node.add_dependency(self._grant("create_glossaries", project))
        return made

    def _form(self, key: str, settings: FormSettings) -> MetadataForm:
        project = self._settings.owner(settings)
        made = MetadataForm(
            self._scope,
            f"Form{pascal_case(key)}",
            domain_id=self._domain_id,
            project_id=self._owners[project].project_id,
            name=pascal_case(key),
            title=settings.name,
            description=settings.description,
            enabled=settings.enabled,
            fields=[
                FormField(
                    name=name,
                    title=one.name,
                    type=one.type,
                    description=one.description,
                    required=one.required,
                    glossary_id=self._glossaries[one.glossary].id if one.glossary else None,
                )
                for name, one in settings.fields.items()
            ],
            removal_policy=self._removal_policy,
        )
        made.node.add_dependency(self._grant("create_form_types", project))
        return made

    def _rule(self, key: str, settings: RuleSettings) -> CatalogRule:
        types = asset_types()
        terms = [path.split("/") for path in settings.terms or ()]
        return CatalogRule(
            self._scope,
            f"Rule{pascal_case(key)}",
            waiter=self._waiter,
            key=key,
            unit_id=self._units[settings.unit] if settings.unit else self._root_unit_id,
            name=settings.name,
            description=settings.description or "",
            before=settings.before,
            forms=[self._forms[one] for one in settings.forms or ()],
            term_ids=[self._glossaries[glossary].term_id(term) for glossary, term in terms],
            asset_types=[types[one] for one in settings.asset_types or ()],
            project_ids=[self._owners[one].project_id for one in settings.projects or ()],
            data_products=settings.data_products,
        )
