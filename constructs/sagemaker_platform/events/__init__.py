"""Notices of what happens in SageMaker."""

from sagemaker_platform.events.kinds import KINDS, EventKind
from sagemaker_platform.events.notices import EventNotices

__all__ = ["KINDS", "EventKind", "EventNotices"]
