"""Athena: what outlives a stack."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="athena",
    types={
        "AWS::Athena::WorkGroup": TypeFacts(why_kept="holds the history of queries"),
    },
)
