"""Limits of CloudFormation and IAM, and what stacks take of them.

Source: "CloudFormation quotas" in the CloudFormation user guide. The checks of a synth have
those of IAM.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sagemaker_platform.guardrails.iam_limits import check_iam_limits
from stacks.limits import LIMITS, TEMPLATE_BYTES
from tests.support import StackTemplate


@dataclass(frozen=True)
class Size:
    """How much something takes of a limit."""

    what: str
    found: int
    limit: int

    def __str__(self) -> str:
        return f"{self.what}: got {self.found:,}; must be at most {self.limit:,}"


def above(sizes: Iterable[Size], *, share: float = 1) -> list[str]:
    """Return a sentence for each size above its limit, or a share of that."""
    return [str(size) for size in sizes if size.found > size.limit * share]


def template_sizes(stack: StackTemplate) -> Iterator[Size]:
    """Yield what CloudFormation counts in a template."""
    template = stack.template()
    for section, limit in LIMITS.items():
        yield Size(f"{section} of {stack.id}", len(template.get(section, {})), limit)
    yield Size(f"bytes of the template of {stack.id}", stack.file.stat().st_size, TEMPLATE_BYTES)


def policies_above_limits(stacks: Iterable[StackTemplate]) -> list[str]:
    """Return a sentence for each thing in templates that takes more than IAM accepts."""
    written = [replace(stack.with_template(), file=stack.id) for stack in stacks]
    return [
        f"{found.rule}: {found.stack.file} {found.logical_id}: {found.message}"
        for found in check_iam_limits(written)
    ]
