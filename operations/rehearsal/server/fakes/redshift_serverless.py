"""Redshift Serverless: its name in ARNs."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="redshift-serverless",
    arn_service={"RedshiftServerless": "redshift-serverless"},
    types={
        "AWS::RedshiftServerless::Namespace": TypeFacts(
            why_kept="holds the tables of the warehouse"
        ),
    },
)
