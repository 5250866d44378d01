"""Settings of environments with all capabilities on, made of the complete examples."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

EXAMPLES = Path("examples")
# The block that a complete example is about, where it is not called like the example.
_BLOCKS = {"features": "feature_store", "partner": "partner_apps", "unified": "unified_studio"}
# A cap that an environment with everything exceeds; groups with repositories of their own example;
# a rule that each store must have a class.
_WITHOUT = {"budget", "classes", "registry"}
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

    Every one has a separate account, so that no two clash.
    """
    account = f"{100_000_000_000 + number}"
    settings: dict[str, Any] = {"name": f"full-{number:03}", "account": account, **_COMMON}
    for file in sorted(EXAMPLES.glob("*-complete.yaml")):
        example = file.stem.removesuffix("-complete")
        if example in _WITHOUT:
            continue
        block = _BLOCKS.get(example, example)
        settings[block] = _read(file, account)[block]
    # Their tables are in a layer of another example, which has a lower class.
    for group in settings["feature_store"]["groups"]:
        group.pop("data_class", None)
    # The groups in which the pipelines register.
    groups = [{"name": "churn"}, {"name": "assistant"}]
    return {**settings, "model_registry": {"groups": groups}}


def _read(file: Path, account: str) -> dict[str, Any]:
    """Return an example with another account in place of its own, also in ARNs."""
    text = file.read_text("utf-8")
    own = YAML(typ="safe", pure=True).load(text)["account"]
    text = re.sub(r"\b(raw|curated|analytics)\b", lambda match: _LAYERS[match[0]], text)
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text.replace(own, account))
    return data


def write_full_environments(count: int, folder: Path) -> list[Path]:
    """Write settings files of so many environments; return them."""
    return [write(full_settings(number), folder) for number in range(1, count + 1)]


def write(settings: dict[str, Any], folder: Path) -> Path:
    """Write a settings file, called after its environment; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{settings['name']}.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(settings, file)
    return path


def large_settings() -> dict[str, Any]:
    """Return the settings of an environment for many people, at sizes that companies have.

    500 users of Studio, 30 endpoints, and a cluster of 40 instance groups for 50 teams.
    """
    settings = full_settings(0) | {"name": "large"}
    studio, inference = settings["studio"], settings["inference"]
    studio["users"] += [{"name": f"person-{number}"} for number in range(500)]
    studio["user_stacks"] = 10
    endpoints = inference["endpoints"]
    inference["endpoints"] = [
        {**endpoints[number % len(endpoints)], "name": f"endpoint-{number}"} for number in range(30)
    ]
    inference["endpoint_stacks"] = 4
    del inference["api"]["endpoints"]
    cluster = _read(EXAMPLES / "hyperpod-cloudwatch.yaml", settings["account"])["hyperpod"]
    [found] = cluster["clusters"]
    [group] = found["instance_groups"]
    found["instance_groups"] = [{**group, "name": f"gpu-{number}"} for number in range(40)]
    resources = [{"instance_type": group["instance_type"], "count": 1}]
    found["task_governance"]["teams"] = [
        {"name": f"team-{number}", "resources": resources} for number in range(50)
    ]
    settings["hyperpod"] = cluster
    return settings
