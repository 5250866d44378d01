"""Limits of CloudFormation and IAM that a change comes near.

Sources: CloudFormation User Guide, "Understand CloudFormation quotas"; IAM User Guide, "IAM and STS
quotas". Both read 2026-11-26.
"""

from collections.abc import Iterator, Sequence

from operations.assembly import Stack, Stage
from operations.review.verdict import DEPLOY, Finding
from sagemaker_platform.guardrails.iam_limits import check_iam_limits
from sagemaker_platform.synthesized_stack import SynthesizedStack
from stacks.limits import LIMITS, TEMPLATE_BYTES

_NEAR = 0.9
_WORDS = {
    "IAM_POLICY_LENGTH": "characters of a managed policy",
    "IAM_INLINE_POLICIES_LENGTH": "characters of inline policies",
    "IAM_TRUST_POLICY_LENGTH": "characters of a trust policy",
    "IAM_ATTACHED_POLICIES": "managed policies of a role",
}


def limits_near(before: Stage | None, after: Stage | None) -> Iterator[Finding]:
    """Yield limits that are nearly reached, and nearer than before."""
    old = {} if before is None else {one.name: one for one in before.stacks}
    for stack in () if after is None else after.stacks:
        earlier = _sizes(old[stack.name]) if stack.name in old else {}
        for what, (found, limit) in _sizes(stack).items():
            if found >= _NEAR * limit and found > earlier.get(what, (0, limit))[0]:
                yield _finding(stack.id, what, found, limit)
    known = {
        (one.stack.name, one.logical_id, one.rule): one.found
        for one in check_iam_limits(_synthesized(before), share=_NEAR)
    }
    for one in check_iam_limits(_synthesized(after), share=_NEAR):
        if one.found > known.get((one.stack.name, one.logical_id, one.rule), 0):
            where = f"{one.stack.name} {one.logical_id}"
            yield _finding(where, _WORDS[one.rule], one.found, one.limit)


def _finding(where: str, what: str, found: int, limit: int) -> Finding:
    return Finding(
        1 if found <= limit else 2,
        "A limit comes near" if found <= limit else "A limit is exceeded",
        f"{what}: {found:,} of at most {limit:,}",
        where,
        DEPLOY,
    )


def _sizes(stack: Stack) -> dict[str, tuple[int, int]]:
    template = stack.template()
    sizes = {name: (len(template.get(name, {})), limit) for name, limit in LIMITS.items()}
    return {
        **{name.lower(): one for name, one in sizes.items()},
        "bytes of the template": (stack.file.stat().st_size, TEMPLATE_BYTES),
    }


def _synthesized(stage: Stage | None) -> Sequence[SynthesizedStack]:
    return [one.with_template() for one in (() if stage is None else stage.stacks)]
