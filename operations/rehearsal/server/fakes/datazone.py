"""DataZone: the form of its IDs."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="datazone",
    types={
        "AWS::DataZone::Domain": TypeFacts(id_prefix="dzd-"),
    },
)
