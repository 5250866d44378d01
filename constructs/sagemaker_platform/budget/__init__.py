"""Budgets of AWS with alerts and actions, anomaly detection, the bill, a dashboard of usage."""

from sagemaker_platform.budget.anomaly_detection import AnomalyDetection, SummaryFrequency
from sagemaker_platform.budget.bill_bucket import BillBucket
from sagemaker_platform.budget.bill_catalog import BillCatalog
from sagemaker_platform.budget.bill_columns import Granularity
from sagemaker_platform.budget.bill_export import BillExport
from sagemaker_platform.budget.deny_action import NEW_COMPUTE, DenyNewCompute
from sagemaker_platform.budget.lineage_export import LineageExport
from sagemaker_platform.budget.monthly_budget import MonthlyBudget
from sagemaker_platform.budget.usage_dashboard import UsageDashboard
from sagemaker_platform.budget.usage_metrics import WatchedEndpoint

__all__ = [
    "NEW_COMPUTE",
    "AnomalyDetection",
    "BillBucket",
    "BillCatalog",
    "BillExport",
    "DenyNewCompute",
    "Granularity",
    "LineageExport",
    "MonthlyBudget",
    "SummaryFrequency",
    "UsageDashboard",
    "WatchedEndpoint",
]
