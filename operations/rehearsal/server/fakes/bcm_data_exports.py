"""Data Exports: its name in ARNs."""

from operations.rehearsal.server.fake import Fake

FAKE = Fake(
    service="bcm-data-exports",
    arn_service={"BCMDataExports": "bcm-data-exports"},
)
