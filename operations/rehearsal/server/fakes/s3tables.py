"""S3 Tables: what outlives a stack."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="s3tables",
    types={
        "AWS::S3Tables::Namespace": TypeFacts(why_kept="holds tables"),
        "AWS::S3Tables::Table": TypeFacts(why_kept="holds data"),
        "AWS::S3Tables::TableBucket": TypeFacts(why_kept="holds data"),
        "AWS::S3Tables::TableBucketPolicy": TypeFacts(why_kept="protects a bucket that is kept"),
    },
)
