"""Reads the stacks of a synthesized stage, and the budget that it was given."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CAPABILITY = "sagemaker-platform:capability"
"""Metadata of a stack: key of the capability that created it."""
BUDGET = "sagemaker-platform:budget"
"""Metadata of a stack: the budget of its environment, as `Budget.as_metadata` returns it."""


@dataclass(frozen=True, kw_only=True)
class CostedStack:
    """A stack whose cost is estimated.

    Attributes:
        name: its name within the environment, such as ``network``.
        file: its template.
        region: its region.
        capability: key of the capability that created it.
        tags: tags of the stack, which its resources have as well.
    """

    name: str
    file: Path
    region: str
    capability: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The budget of an environment.

    Attributes:
        max_usd_per_month: cap of the environment; None for no cap.
        autoscaling: which end of autoscaling the cap is compared with: ``maximum``, ``minimum``.
        teams: cap by team.
        discounts: factor by service: 0.7 for 30 % less.
    """

    max_usd_per_month: float | None = None
    autoscaling: str = "maximum"
    teams: Mapping[str, float] = field(default_factory=dict)
    discounts: Mapping[str, float] = field(default_factory=dict)

    def as_metadata(self) -> dict[str, Any]:
        """Return the metadata that `CostedStage.read` reads."""
        return {
            "max_usd_per_month": self.max_usd_per_month,
            "autoscaling": self.autoscaling,
            "teams": dict(self.teams),
            "discounts": dict(self.discounts),
        }


@dataclass(frozen=True, kw_only=True)
class CostedStage:
    """The stacks of one environment.

    Attributes:
        name: its name.
        stacks: its stacks, in the order of the manifest.
        budget: its budget; an empty one if it has none.
    """

    name: str
    stacks: tuple[CostedStack, ...]
    budget: Budget = Budget()

    @classmethod
    def read(cls, folder: Path, name: str) -> "CostedStage":
        """Read the folder of a stage.

        Args:
            folder: folder with the stage's ``manifest.json``.
            name: name of the environment.
        """
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        stacks, budget = [], Budget()
        for key, artifact in manifest.get("artifacts", {}).items():
            if artifact["type"] != "aws:cloudformation:stack":
                continue
            properties = artifact["properties"]
            metadata = dict(_metadata(folder, artifact))
            if BUDGET in metadata:
                budget = Budget(**metadata[BUDGET])
            stacks.append(
                CostedStack(
                    name=artifact.get("displayName", key).rpartition("/")[2],
                    file=folder / properties["templateFile"],
                    region=artifact["environment"].rpartition("/")[2],
                    capability=metadata.get(CAPABILITY, ""),
                    tags=properties.get("tags", {}),
                )
            )
        return cls(name=name, stacks=tuple(stacks), budget=budget)


def read_stages(assembly: Path) -> list[CostedStage]:
    """Return the stages of a cloud assembly, in the order of its manifest."""
    manifest = json.loads((assembly / "manifest.json").read_text("utf-8"))
    return [
        CostedStage.read(assembly / one["properties"]["directoryName"], _name(one))
        for one in manifest.get("artifacts", {}).values()
        if one["type"] == "cdk:cloud-assembly"
    ]


def _name(artifact: Mapping[str, Any]) -> str:
    properties = artifact["properties"]
    return str(properties.get("displayName", properties["directoryName"]))


def _metadata(folder: Path, artifact: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    entries = dict(artifact.get("metadata", {}))
    if file := artifact.get("additionalMetadataFile"):
        entries |= json.loads((folder / file).read_text("utf-8"))
    for found in entries.values():
        for entry in found:
            if entry["type"] in (CAPABILITY, BUDGET):
                yield entry["type"], entry["data"]
