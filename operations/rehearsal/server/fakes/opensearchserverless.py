"""OpenSearch Serverless: its name in ARNs."""

from operations.rehearsal.server.fake import Fake

FAKE = Fake(
    service="opensearchserverless",
    arn_service={"OpenSearchServerless": "aoss"},
)
