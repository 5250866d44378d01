"""IAM Identity Center: its name in ARNs."""

from operations.rehearsal.server.fake import Fake

FAKE = Fake(
    service="sso-admin",
    arn_service={"SSO": "sso"},
)
