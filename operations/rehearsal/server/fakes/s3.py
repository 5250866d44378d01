"""S3: what outlives a stack."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="s3",
    types={
        "AWS::S3::Bucket": TypeFacts(why_kept="holds data"),
        "AWS::S3::BucketPolicy": TypeFacts(why_kept="protects a bucket that is kept"),
    },
)
