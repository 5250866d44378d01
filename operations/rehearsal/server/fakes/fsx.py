"""FSx: the form of its IDs."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="fsx",
    types={
        "AWS::FSx::FileSystem": TypeFacts(id_prefix="fs-"),
    },
)
