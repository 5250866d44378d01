"""Prints the JSON schema of a settings file, for editors: python -m stacks.schema."""

import json

from stacks.fields import Settings


def schema() -> str:
    """Return the JSON schema of the settings of an environment, in a process of its own."""
    # Ahead of all classes, which take this from their base when they are made.
    Settings.model_config["use_attribute_docstrings"] = True
    from stacks.settings import environment_model

    document = environment_model(complete=True).model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
