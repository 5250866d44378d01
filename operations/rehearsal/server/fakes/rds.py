"""RDS: the ARNs of integrations."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="rds",
    types={
        "AWS::RDS::Integration": TypeFacts(arn_separator=":"),
    },
)
