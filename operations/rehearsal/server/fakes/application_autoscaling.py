"""Application Auto Scaling: its name in ARNs."""

from operations.rehearsal.server.fake import Fake

FAKE = Fake(
    service="application-autoscaling",
    arn_service={"ApplicationAutoScaling": "autoscaling"},
)
