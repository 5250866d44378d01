"""What an environment costs per month, computed from its synthesized templates.

This package creates no resources and does not import the CDK. What has no recorded price is
unpriced: it is shown and counted, and never estimated from the price of something else.
"""

from sagemaker_platform.costs.assembly import (
    BUDGET,
    CAPABILITY,
    Budget,
    CostedStack,
    CostedStage,
    read_stages,
)
from sagemaker_platform.costs.cap import CapFinding, check_cap
from sagemaker_platform.costs.charge import HOURS, Charge
from sagemaker_platform.costs.environment import estimate
from sagemaker_platform.costs.estimate import Estimate, Line, Place, Sums, price_lines
from sagemaker_platform.costs.rules import FREE, RULES

__all__ = [
    "BUDGET",
    "CAPABILITY",
    "FREE",
    "HOURS",
    "RULES",
    "Budget",
    "CapFinding",
    "Charge",
    "CostedStack",
    "CostedStage",
    "Estimate",
    "Line",
    "Place",
    "Sums",
    "check_cap",
    "estimate",
    "price_lines",
    "read_stages",
]
