"""Settings of environments with all capabilities on, made of the complete examples."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

EXAMPLES = Path("examples")
# The block that a complete example is about, where it is not called like the example.
_BLOCKS = {"partner": "partner_apps"}
# Layers of other examples, as the one of the lakehouse calls them.
_LAYERS = {"raw": "landing", "curated": "refined", "analytics": "sandbox"}
_COMMON = {
    "region": "eu-west-1",
    "stage": "production",
    "owner": "ml-platform",
    "cost_center": "ml-research",
    # Allows all that an example says: some delete their data.
    "removal_policy": "destroy",
    "alarm_emails": ["ml-platform@example.com"],
}


def full_settings(number: int) -> dict[str, Any]:
    """Return the settings of the numbered environment: each block of the complete examples.

    Every one has an account of its own, so that no two clash.
    """
    account = f"{100_000_000_000 + number}"
    settings: dict[str, Any] = {"name": f"full-{number:03}", "account": account, **_COMMON}
    for file in sorted(EXAMPLES.glob("*-complete.yaml")):
        example = file.stem.removesuffix("-complete")
        block = _BLOCKS.get(example, example)
        settings[block] = _read(file, account)[block]
    return settings


def _read(file: Path, account: str) -> dict[str, Any]:
    """Return an example with another account in place of its own, also in ARNs."""
    text = file.read_text("utf-8")
    own = YAML(typ="safe").load(text)["account"]
    text = re.sub(r"\b(raw|curated|analytics)\b", lambda match: _LAYERS[match[0]], text)
    data: dict[str, Any] = YAML(typ="safe").load(text.replace(own, account))
    return data


def write_full_environments(count: int, folder: Path) -> list[Path]:
    """Write settings files of so many environments; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    yaml, files = YAML(), []
    for number in range(1, count + 1):
        settings = full_settings(number)
        files.append(folder / f"{settings['name']}.yaml")
        with files[-1].open("w") as file:
            yaml.dump(settings, file)
    return files
