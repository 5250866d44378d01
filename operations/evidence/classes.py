"""Classes of data, as tags of resources and of the catalog say them."""

import re

from operations.assembly import Json, Stage
from operations.reached_data import catalog_of
from operations.templates import Templates

TAG = "data-class"
UNCLASSIFIED = ""


class Classes:
    """The data classes of one environment.

    Args:
        stage: the environment.
        templates: its templates.
    """

    def __init__(self, stage: Stage, templates: Templates) -> None:
        self._databases: dict[str, set[str]] = {}
        for _, _, properties in templates.of_type("Custom::LakeFormationTags"):
            target, given = properties["Target"], properties["Tags"]
            if value := given.get(f"{templates.prefix}{TAG}"):
                name = f"{catalog_of(templates, target)}{target['Database']}"
                self._databases.setdefault(name, set()).add(value)
        self._places = {}
        for stack in stage.stacks:
            for logical_id, resource in stack.resources().items():
                if value := self.of_resource(stack.name, resource):
                    self._places[templates.place(stack.name, logical_id)] = value
        for stack_name, _, properties in templates.of_type("AWS::Glue::Database"):
            given = properties.get("DatabaseInput", {})
            found = re.search(r"<([^>]+)>", templates.text(stack_name, given.get("LocationUri")))
            name = given.get("Name", properties.get("DatabaseName"))
            # Without LF-tags, the class of the bucket is that of its tables.
            if found and name not in self._databases and (value := self.of_place(found[1])):
                self._databases[name] = {value}

    def of_resource(self, stack: str, resource: Json) -> str:
        """Return the class of a resource by its tags; empty if it has none."""
        if TAG in resource.get("Metadata", {}):
            return str(resource["Metadata"][TAG])
        properties = resource.get("Properties", {})
        given = properties.get("Tags", properties.get("WorkGroupTags", []))
        if isinstance(given, dict):
            return str(given.get(TAG, UNCLASSIFIED))
        return next(
            (str(one["Value"]) for one in given if one.get("Key") == TAG),
            UNCLASSIFIED,
        )

    def of_place(self, place: str) -> str:
        """Return the class of what is at a place, or in a folder of it; empty if it has none."""
        return next(
            (value for one, value in self._places.items() if f"{place}/".startswith(f"{one}/")),
            UNCLASSIFIED,
        )

    def of_database(self, name: str) -> set[str]:
        """Return the classes of the data in a database."""
        return self._databases.get(name, set())
