"""CloudWatch Logs: what outlives a stack."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="logs",
    types={
        "AWS::Logs::LogGroup": TypeFacts(why_kept="holds an audit trail"),
    },
)
