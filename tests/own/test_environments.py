"""What holds for every environment of this checkout."""

from collections import defaultdict
from pathlib import Path

import pytest

from tests.iam import policy_faults
from tests.limits import above, template_sizes
from tests.lint import lint
from tests.names import physical_names
from tests.support import StackTemplate, Synthesis, stacks


def test_synthesizes_without_open_findings(synthesis: Synthesis) -> None:
    """Settings that cannot be used are an error here too, with file and line."""
    synthesis.assembly()


def test_templates_are_below_the_limits(own_stacks: list[StackTemplate]) -> None:
    assert above(size for stack in own_stacks for size in template_sizes(stack)) == []


def test_policies_name_actions_that_exist(own_stacks: list[StackTemplate]) -> None:
    assert [fault for stack in own_stacks for fault in policy_faults(stack)] == []


def test_cfn_lint_passes(assembly: Path, pytestconfig: pytest.Config) -> None:
    assert pytestconfig.cache is not None
    if findings := lint(stacks(assembly), pytestconfig.cache, "own"):
        pytest.fail(findings, pytrace=False)


def test_environments_of_an_account_share_no_name(assembly: Path) -> None:
    owners: dict[tuple[tuple[str, str], str, str], set[str]] = defaultdict(set)
    for stack in stacks(assembly):
        for kind, name in physical_names(stack):
            # Names in IAM are names in the account, those of buckets names in the world.
            place = (stack.account, "" if kind.startswith("AWS::IAM::") else stack.region)
            owners[("", "") if kind == "AWS::S3::Bucket" else place, kind, name].add(
                stack.environment
            )
    assert [(*key[1:], *sorted(names)) for key, names in owners.items() if len(names) > 1] == []
