"""Generates the JSON schema of settings files, which editors use.

`python -m stacks.schema` prints it; `python -m stacks.schema FILE` writes it to a file. The
schema includes the capabilities of a fork, and so it is generated in each checkout.
"""

import json
import sys
from pathlib import Path

from stacks.fields import Settings


def schema() -> str:
    """Return the JSON schema of the settings of an environment. Needs a process of its own."""
    # Before the classes exist: each takes this setting from its base when it is created.
    Settings.model_config["use_attribute_docstrings"] = True
    from stacks.settings import environment_model

    document = environment_model(complete=True).model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(document, indent=2) + "\n"


def write(file: Path) -> None:
    """Write the schema to a file, at once: editors never read half of it."""
    text = schema()
    unfinished = file.with_name(f"{file.name}.new")
    try:
        unfinished.write_text(text, "utf-8")
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    from stacks.registry import CapabilityError

    try:
        if len(sys.argv) > 1:
            write(Path(sys.argv[1]))
        else:
            print(schema(), end="")
    except CapabilityError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error.strerror}. Use another path, or fix this one.")
