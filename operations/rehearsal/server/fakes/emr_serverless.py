"""EMR Serverless: its name in ARNs."""

from operations.rehearsal.server.fake import Fake

FAKE = Fake(
    service="emr-serverless",
    arn_service={"EMRServerless": "emr-serverless"},
)
