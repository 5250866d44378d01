"""IAM policies say only what IAM knows: a wrong name allows nothing, and no deploy tells."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.iam import policy_faults, statement_faults
from tests.limits import above, policies_above_limits, template_sizes
from tests.support import stacks

both = pytest.mark.parametrize("which", ["typical", "examples"])


@both
def test_policies_say_what_iam_knows(which: str, request: pytest.FixtureRequest) -> None:
    assembly: Path = request.getfixturevalue(which)
    assert [fault for stack in stacks(assembly) for fault in policy_faults(stack)] == []


@both
def test_policies_and_templates_are_small(which: str, request: pytest.FixtureRequest) -> None:
    """With room for what a team adds."""
    found = list(stacks(request.getfixturevalue(which)))
    assert policies_above_limits(found) == []
    assert above((size for stack in found for size in template_sizes(stack)), share=0.8) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ({"Action": ["s3:GetObjects*", "*"], "Resource": "x"}, "s3:GetObjects*: no such action"),
        ({"Action": "s3:GetObjects", "Resource": "x"}, "s3:GetObjects: no such action"),
        (
            {
                "Action": ["sagemaker:CreateTransformJob"],
                "Resource": ["x"],
                "Condition": {"StringEquals": {"sagemaker:VpcSubnets": "subnet"}},
            },
            "sagemaker:CreateTransformJob: has no condition key sagemaker:vpcsubnets",
        ),
        (
            {"Action": "sagemaker:ListTrainingJobs", "Resource": "arn:x"},
            "sagemaker:ListTrainingJobs: acts on no resource; its resource must be *",
        ),
    ],
)
def test_faults_are_found(statement: Mapping[str, Any], fault: str) -> None:
    assert list(statement_faults(statement)) == [fault]
