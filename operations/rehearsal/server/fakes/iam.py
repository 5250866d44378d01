"""IAM: what outlives a stack."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="iam",
    types={
        "AWS::IAM::ManagedPolicy": TypeFacts(why_kept="belongs to a role that is kept"),
        "AWS::IAM::Role": TypeFacts(why_kept="a resource that is kept uses it"),
    },
)
