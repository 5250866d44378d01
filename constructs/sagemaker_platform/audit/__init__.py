"""Records of what happens in an account: a trail, and findings."""

from sagemaker_platform.audit.data_events import DATA_EVENTS, data_event_selectors
from sagemaker_platform.audit.external_access import ExternalAccess
from sagemaker_platform.audit.sensitive_data import SensitiveData
from sagemaker_platform.audit.trail import AuditTrail

__all__ = ["DATA_EVENTS", "AuditTrail", "ExternalAccess", "SensitiveData", "data_event_selectors"]
