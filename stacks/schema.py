"""Prints the JSON schema of a settings file, for editors: python -m stacks.schema."""

import json

from stacks.settings import EnvironmentSettings


def schema() -> str:
    """Return the JSON schema of the settings of an environment."""
    document = EnvironmentSettings.model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
