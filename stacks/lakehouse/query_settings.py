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
    """Name. The workgroup is called `<environment>-<name>`."""
    personas: Annotated[list[PersonaName], Field(min_length=1)] = []
    """Persona that uses the workgroup. One only, because users of a workgroup can read all of
    its results. Optional for the workgroup of a connection of Unified Studio."""
    engine: Literal["sql", "spark"] = "sql"
    """Engine of the workgroup. Spark reads data with a role of the workgroup."""
    scan_limit_gib: ScanLimit | None = None
    """Scan limit of a query. Athena stops queries that scan more. Defaults to 100, and for Spark
    no limit."""
    results: Literal["bucket", "managed"] = "bucket"
    """Storage of results: a bucket for the workgroup, or Athena's managed storage, which keeps
    results for a day and supports SQL only."""
    result_days: ResultDays | None = None
    """How long the bucket keeps results. Defaults to 30."""

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
            if not self.personas:
                raise validation_error(
                    "must have a persona, because Spark reads data with its grants"
                )
            if self.scan_limit_gib is not None:
                raise validation_error(
                    "applies only to SQL, because Athena does not limit scans of Spark",
                    at="scan_limit_gib",
                    value=self.scan_limit_gib,
                )
            if self.results == "managed":
                raise validation_error(
                    "applies only to SQL, because Spark needs a bucket",
                    at="results",
                    value="managed",
                )
        if self.results == "managed" and self.result_days is not None:
            raise validation_error(
                (
                    "applies only to results in a bucket, because Athena's managed storage "
                    "keeps results for a day"
                ),
                at="result_days",
                value=self.result_days,
            )
        return self


class QuerySettings(Settings):
    """Limits of the Athena workgroups of personas, which clients cannot override."""

    scan_limit_gib: ScanLimit = 100
    """Scan limit of a query. Athena stops queries that scan more."""
    result_days: ResultDays = 30
    """How long results are kept. Athena stores tables of CREATE TABLE AS with the results. To
    keep data, create the table in a layer and INSERT INTO it."""
    workgroups: Annotated[list[WorkgroupSettings], Field(max_length=20)] = []
    """Additional workgroups. Each persona that queries the lakehouse has
    `<environment>-<persona>`."""

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
                    (
                        "must be unique: an earlier workgroup has the same name if hyphens are "
                        "ignored"
                    ),
                    at=f"workgroups.{index}.name",
                    value=self.workgroups[index].name,
                )
        counts = Counter[str]()
        for index, one in enumerate(self.workgroups):
            counts.update(one.personas)
            for name in one.personas:
                if counts[name] > _MOST_OF_A_PERSONA:
                    raise validation_error(
                        f"must name a persona with at most {_MOST_OF_A_PERSONA} workgroups; "
                        f"{name} has that many already",
                        at=f"workgroups.{index}.personas",
                        value=one.personas,
                    )
        return self
