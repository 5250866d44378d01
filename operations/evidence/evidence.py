"""The evidence of one environment."""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from operations.assembly import Assembly, AssemblyError, Stage
from operations.evidence.classes import Classes
from operations.evidence.exposure import Exposure, exposure
from operations.evidence.models import GovernedModel, governed_models
from operations.evidence.reach import Reach, reach
from operations.evidence.rules import (
    Accepted,
    Judged,
    judge,
    place_in,
    place_of,
    resources_of,
)
from operations.evidence.stores import Exclusion, Store, exclusions, stores
from operations.permissions import permissions
from operations.review.git import head, is_dirty
from operations.templates import Templates
from sagemaker_platform.guardrails.findings import Finding, read_findings

_OUTPUTS = "Outputs"
"""In the table of questions, in place of a type: the outputs of stacks."""


@dataclass(frozen=True)
class Signature:
    """What the evidence is of.

    Attributes:
        commit: full hash of the commit; empty outside a git repository.
        dirty: whether the working tree has changes that are in no commit.
        templates: SHA-256 of the templates, in the order of their stacks.
        checks: version of cdk-nag.
    """

    commit: str
    dirty: bool
    templates: str
    checks: str


@dataclass(frozen=True)
class Answer:
    """What answers a question of an auditor.

    Attributes:
        question: the question.
        answer: what answers it.
        places: where that is made; empty if the environment has none.
        setting: the key of the settings that adds it.
        otherwise: what answers the question if the environment has none; may be empty.
    """

    question: str
    answer: str
    places: tuple[str, ...]
    setting: str
    otherwise: str


@dataclass(frozen=True)
class Evidence:
    """What one synthesized environment proves.

    Attributes:
        environment: its name.
        account: the account that it is deployed to.
        region: the region that it is deployed to.
        signature: what it was made of.
        judged: rules of the packs, and what the checks found.
        accepted: all findings that are acknowledged, also of other checks.
        exclusions: what AWS offers no control for.
        reach: which personas reach which data.
        stores: stores of data.
        exposure: ways into and out of the network.
        answers: what answers an auditor's questions.
        models: groups of the model registry.
    """

    environment: str
    account: str
    region: str
    signature: Signature
    judged: Sequence[Judged]
    accepted: Sequence[Accepted]
    exclusions: Sequence[Exclusion]
    reach: Sequence[Reach]
    stores: Sequence[Store]
    exposure: Sequence[Exposure]
    answers: Sequence[Answer]
    models: Sequence[GovernedModel]


def evidence_of(
    assembly: Path, stage: Stage, *, commit: str, dirty: bool, with_reach: bool = True
) -> Evidence:
    """Return the evidence of one environment of a checked cloud assembly.

    Args:
        assembly: folder of the assembly, which has the report of the checks.
        stage: the environment.
        commit: full hash of the commit.
        dirty: whether the working tree has changes that are in no commit.
        with_reach: whether to find out which personas reach which data, which takes longest.
    """
    templates = Templates(stage)
    classes = Classes(stage, templates)
    findings = [
        one
        for one in read_findings(assembly)
        if one.construct_path.split("/")[0] in (stage.name, "all stacks")
    ]
    account, region = stage.targets[0] if stage.targets else ("", "")
    return Evidence(
        stage.name,
        account,
        region,
        Signature(commit, dirty, _digest(stage), version("cdk-nag")),
        judge(resources_of(stage), findings),
        _accepted(findings),
        exclusions(stage),
        reach(permissions(stage), classes) if with_reach else (),
        stores(stage, templates, classes),
        exposure(stage),
        _answers(stage),
        governed_models(stage) if with_reach else (),
    )


def require_checks(assembly: Path) -> None:
    """Refuse a cloud assembly that was synthesized without the checks.

    Raises:
        AssemblyError: it has no report of the checks.
    """
    if assembly.is_dir() and not (assembly / "validation-report.json").exists():
        raise AssemblyError(
            f"{assembly}: holds no report of the checks; evidence needs a synth with checks. "
            "Fix: run `make synth`, without `checks=false`."
        )


def read_signed(assembly: Path, names: Sequence[str]) -> tuple[str, bool, list[Stage]]:
    """Return the commit, whether the working tree differs from it, and the environments.

    Args:
        assembly: folder of the assembly.
        names: names of environments; all if empty.
    """
    made = Assembly.read(assembly)
    chosen = [made.stage(name) for name in names] or made.stages
    commit = head()
    return commit, bool(commit) and is_dirty(), sorted(chosen, key=lambda one: one.name)


def _digest(stage: Stage) -> str:
    """Return the SHA-256 of the templates, whatever the folder that they are in."""
    digest = hashlib.sha256()
    for stack in sorted(stage.stacks, key=lambda one: one.id):
        content = json.dumps(stack.template(), sort_keys=True, separators=(",", ":"))
        digest.update(f"{stack.id}\n{content}\n".encode())
    return digest.hexdigest()


def _accepted(findings: Sequence[Finding]) -> list[Accepted]:
    found = {
        Accepted(one.rule, place_of(one.construct_path), one.acknowledged)
        for one in findings
        if one.acknowledged is not None
    }
    return sorted(found, key=lambda one: (one.reason, one.rule, one.place))


def _answers(stage: Stage) -> list[Answer]:
    text = Path(__file__).with_name("traceability.csv").read_text("utf-8")
    found: dict[str, Answer] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        places = sorted(
            place_in(stage, stack.name, logical_id, resource)
            for stack in stage.stacks
            for logical_id, resource in stack.resources().items()
            if resource["Type"] == row["type"]
            if row["property"] in resource.get("Properties", {})
        )
        if row["type"] == _OUTPUTS:
            places = [
                str(output["Value"])
                for stack in stage.stacks
                for name, output in stack.template().get("Outputs", {}).items()
                if name == row["property"]
            ]
        earlier = found.get(row["question"])
        if earlier is None or (places and not earlier.places):
            found[row["question"]] = Answer(
                row["question"], row["answer"], tuple(places), row["setting"], row["otherwise"]
            )
    return list(found.values())
