"""KMS: what outlives a stack."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="kms",
    types={
        "AWS::KMS::Alias": TypeFacts(why_kept="names a key that is kept"),
        "AWS::KMS::Key": TypeFacts(why_kept="data that is kept is encrypted with it"),
    },
)
