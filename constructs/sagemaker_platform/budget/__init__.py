"""Budgets of AWS with alerts, and with actions that deny what would cost more."""

from sagemaker_platform.budget.deny_action import NEW_COMPUTE, DenyNewCompute
from sagemaker_platform.budget.monthly_budget import MonthlyBudget

__all__ = ["NEW_COMPUTE", "DenyNewCompute", "MonthlyBudget"]
