"""A check that cannot run is no check that found nothing."""

from pathlib import Path

import pytest

from sagemaker_platform.guardrails import template_validation
from tests.support import run_app

BROKEN = """
import sys
from sagemaker_platform.guardrails import template_validation
template_validation._guard_rules = lambda: "rule BROKEN {"
from app import main
sys.exit(main())
"""


def test_synth_fails_and_says_which_check(tmp_path: Path) -> None:
    made = run_app(
        tmp_path,
        context={"files": "examples/foundation-minimal.yaml"},
        script=BROKEN,
        # Once is enough: where it was made is said elsewhere.
        JSII_HOST_STACK_TRACES="1",
    )

    assert made.returncode == 1, made.stderr
    assert "CloudFormation Validate: all stacks: the check itself failed: " in made.stderr
    assert "Traceback" not in made.stderr


@pytest.mark.parametrize("twice", ["let roles = 1\nlet roles = 2", "rule A {}\nrule A {}"])
def test_guard_rules_name_nothing_twice(twice: str) -> None:
    with pytest.raises(ValueError, match=r"expected one `(let roles|rule A)`, got 2"):
        template_validation.refuse_twice(twice)
