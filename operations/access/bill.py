"""The bill of an account, as tasks refer to it."""

from collections.abc import Mapping

from operations.access.world import Environment


def bill_of(environment: Environment) -> Mapping[str, str] | None:
    """Return the database, bucket and workgroup of the bill; None without one.

    Only its database has the view `cost_by_team`.
    """
    for record in environment.of_type("AWS::Glue::Table"):
        if record.properties.get("TableInput", {}).get("Name") == "cost_by_team":
            database = str(record.properties["DatabaseName"])
            place = str(environment.databases[database]["LocationUri"])
            return {
                "database": database,
                "bucket": place.removeprefix("s3://").partition("/")[0],
                "workgroup": f"{environment.name}-bill",
            }
    return None
