"""What CloudFormation accepts in one stack, counted in the templates of a synth.

Source: CloudFormation User Guide, "Understand CloudFormation quotas", read 2026-11-26. The CDK's
own count is off (``@aws-cdk/core:stackResourceLimit`` in ``cdk.json``): its message knows nothing
of the settings.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LIMITS: Mapping[str, int] = {
    "Resources": 500,
    "Outputs": 200,
    "Parameters": 200,
    "Mappings": 200,
}
"""Most entries of each section of a template."""
TEMPLATE_BYTES = 1_000_000
"""Longest template."""

_REMEDY = (
    "Spread them over more stacks (studio.user_stacks, inference.endpoint_stacks), or move users, "
    "endpoints or tables to another environment"
)


def too_large(folder: Path) -> Iterator[str]:
    """Yield a sentence for each stack of a cloud assembly that CloudFormation does not accept.

    Args:
        folder: the cloud assembly, with its nested ones.
    """
    for file in sorted(folder.rglob("manifest.json")):
        artifacts = json.loads(file.read_text("utf-8")).get("artifacts", {})
        for key, artifact in artifacts.items():
            if artifact["type"] == "aws:cloudformation:stack":
                template = file.with_name(artifact["properties"]["templateFile"])
                yield from _of_stack(artifact.get("displayName", key), template)


def _of_stack(name: str, file: Path) -> Iterator[str]:
    content = file.read_bytes()
    # A template of many entries is long.
    if len(content) < min(LIMITS.values()) * len('"A":{"Type":"B"},'):
        return
    template: Mapping[str, Any] = json.loads(content)
    for section, limit in LIMITS.items():
        entries = template.get(section, {})
        if len(entries) > limit:
            by_type = ""
            if section == "Resources":
                counted = Counter(one["Type"] for one in entries.values()).most_common(5)
                by_type = f" Most are {', '.join(f'{kind} ({n})' for kind, n in counted)}."
            yield (
                f"{name}: got {len(entries)} {section.lower()}; a stack must have at most "
                f"{limit}. {_REMEDY}.{by_type}"
            )
    if len(content) > TEMPLATE_BYTES:
        yield (
            f"{name}: got a template of {len(content):,} bytes; it must have at most "
            f"{TEMPLATE_BYTES:,}. {_REMEDY}."
        )
