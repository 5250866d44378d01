"""A budget of AWS for an environment, with alerts."""

from sagemaker_platform.budget.monthly_budget import MonthlyBudget

__all__ = ["MonthlyBudget"]
