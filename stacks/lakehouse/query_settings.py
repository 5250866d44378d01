"""Settings of queries with Athena."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import Name, PersonaName, Settings, validation_error

# One policy of a persona names them all, and IAM limits its length.
_MOST_OF_A_PERSONA = 5
ScanLimit = Annotated[int, Field(ge=1, le=7_000_000)]
ResultDays = Annotated[int, Field(ge=1, le=3653)]


class WorkgroupSettings(Settings):
    """A further Athena workgroup of one persona, in addition to the workgroup of the persona."""

    name: Annotated[Name, Field(max_length=30)]
    """Name; the workgroup is called `<environment>-<name>`."""
    personas: Annotated[list[PersonaName], Field(min_length=1)]
    """The persona that may use it. One, because users of a workgroup read all of its results."""
    engine: Literal["sql", "spark"] = "sql"
    """What its sessions run. Spark reaches data as a role of the workgroup."""
    scan_limit_gib: ScanLimit | None = None
    """A query that would scan more is stopped; if omitted: 100, and for Spark no limit."""
    results: Literal["bucket", "managed"] = "bucket"
    """A bucket of the workgroup's own, or Athena's own storage, which keeps results for a day;
    the latter for SQL only."""
    result_days: ResultDays | None = None
    """How long the bucket keeps results; if omitted: 30."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.personas) > 1:
            raise validation_error(
                "must be one persona, because the users of a workgroup read the results of all its "
                "queries, and Spark sessions reach data as one role. Give each persona a workgroup",
                at="personas",
                value=self.personas,
            )
        if self.engine == "spark":
            if self.scan_limit_gib is not None:
                raise validation_error(
                    "is for SQL: Athena does not count what Spark scans",
                    at="scan_limit_gib",
                    value=self.scan_limit_gib,
                )
            if self.results == "managed":
                raise validation_error(
                    "is for SQL: Spark needs a bucket", at="results", value="managed"
                )
        if self.results == "managed" and self.result_days is not None:
            raise validation_error(
                "is for results in a bucket: Athena keeps its own for a day",
                at="result_days",
                value=self.result_days,
            )
        return self


class QuerySettings(Settings):
    """Limits of the Athena workgroups of personas, which clients cannot override."""

    scan_limit_gib: ScanLimit = 100
    """A query that would scan more is stopped."""
    result_days: ResultDays = 30
    """How long results are kept, and tables made by CREATE TABLE AS, which Athena stores with
    them. To keep data, create the table in a layer and INSERT INTO it."""
    workgroups: Annotated[list[WorkgroupSettings], Field(max_length=20)] = []
    """Further workgroups; each persona that queries the lakehouse has `<environment>-<persona>`."""

    @property
    def personas(self) -> set[str]:
        """The personas that have workgroups."""
        return {name for workgroup in self.workgroups for name in workgroup.personas}

    @model_validator(mode="after")
    def _check(self) -> Self:
        # Ids of constructs have no hyphens.
        names = [one.name.replace("-", "") for one in self.workgroups]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise validation_error(
                    "is the name of an earlier workgroup, whatever the hyphens",
                    at=f"workgroups.{index}.name",
                    value=self.workgroups[index].name,
                )
        counts = Counter[str]()
        for index, one in enumerate(self.workgroups):
            counts.update(one.personas)
            for name in one.personas:
                if counts[name] > _MOST_OF_A_PERSONA:
                    raise validation_error(
                        f"names {name}, which has {_MOST_OF_A_PERSONA} workgroups already and "
                        "can have no more",
                        at=f"workgroups.{index}.personas",
                        value=one.personas,
                    )
        return self
