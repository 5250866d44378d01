"""The data classes of an environment as a part of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.unified_studio.catalog_settings import (
    CatalogSettings,
    FieldSettings,
    FormSettings,
    GlossarySettings,
    TermSettings,
)

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings
    from stacks.unified_studio.data_source_settings import DataSourceSettings, FormValue
    from stacks.unified_studio.settings import HostSettings

CLASSES = "data_classes"
"""Key of the glossary of data classes."""
CLASS_FORM = "data_class"
"""Key of the form with the class of an asset, and of its field."""


def catalog_of(host: HostSettings, environment: EnvironmentSettings) -> CatalogSettings | None:
    """Return the catalog, with the data classes if the file has them; None without a catalog."""
    catalog = host.catalog
    if catalog is None or not has_classes(environment):
        return catalog
    names = environment.data_classes.names
    glossary = GlossarySettings(
        name="Data classes",
        description="Classes of data, from the least to the most protected.",
        terms={
            name: TermSettings(
                name=name,
                short_description=f"Class {number} of {len(names)}, from the least to the most "
                "protected",
            )
            for number, name in enumerate(names, start=1)
        },
    )
    form = FormSettings(
        name="Data class",
        description="Class of the data.",
        fields={
            CLASS_FORM: FieldSettings(
                name="Data class", type="term", glossary=CLASSES, required=True
            )
        },
    )
    return catalog.model_copy(
        update={
            "glossaries": {CLASSES: glossary, **catalog.glossaries},
            "forms": {CLASS_FORM: form, **catalog.forms},
        }
    )


def has_classes(environment: EnvironmentSettings) -> bool:
    """Return whether the file has data classes."""
    return "data_classes" in environment.model_fields_set


def forms_of(
    source: DataSourceSettings, host: HostSettings, environment: EnvironmentSettings
) -> dict[str, dict[str, FormValue]]:
    """Return the forms of the assets of a data source, also that with the class of its layer."""
    found = class_of(source, environment)
    if host.catalog is None or not has_classes(environment) or found is None:
        return dict(source.forms)
    return {CLASS_FORM: {CLASS_FORM: found}, **source.forms}


def class_of(source: DataSourceSettings, environment: EnvironmentSettings) -> str | None:
    """Return the class of the layer of a data source."""
    from stacks.lakehouse.capability import Lakehouse

    lakehouse = environment.find(Lakehouse)
    layers = lakehouse.settings.layers if lakehouse else []
    return next((one.data_class for one in layers if one.name == source.layer), None)
