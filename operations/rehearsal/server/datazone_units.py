"""Domain units of DataZone: a unit goes after what is in it."""

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.records import Record, Records

_INSIDE = {
    "AWS::DataZone::DomainUnit": "ParentDomainUnitIdentifier",
    "AWS::DataZone::Project": "DomainUnitId",
}


def unit_deleted(record: Record, records: Records) -> None:
    """Refuse while projects or units are in it (API Reference, "DeleteDomainUnit")."""
    inside = [
        one.properties["Name"]
        for one in records.of(record.account, record.region)
        if (key := _INSIDE.get(one.kind)) and one.properties.get(key) == record.view["Id"]
    ]
    if inside:
        raise ApiError("ConflictException", f"The domain unit has {', '.join(inside)}")
