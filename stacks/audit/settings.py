"""Settings of audit."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import TrailArn
from stacks.audit.regime_rules import regime_days
from stacks.fields import Settings, validation_error

Service = Literal["bedrock", "lake_formation", "s3", "sagemaker"]
Regime = Literal["fedramp", "hipaa", "pci_dss", "sox"]
_USUAL_DAYS = 365


class TrailSettings(Settings):
    """A trail of CloudTrail, with a bucket of its own."""

    data_events: Annotated[list[Service], Field(max_length=4)] = [
        "bedrock",
        "lake_formation",
        "s3",
        "sagemaker",
    ]
    """Services whose calls on data are recorded: of S3, those on objects in the buckets of the
    environment; of the others, all calls of the account. Each event is billed."""
    management_events: bool = True
    """Whether calls that manage resources are recorded. The first copy in an account is free."""
    lock: Literal["governance", "compliance"] = "governance"
    """Object Lock of the log files: with `governance`, principals with a right of their own can
    delete them; with `compliance`, nothing can until the time is over, and the bucket stays."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for index, name in enumerate(self.data_events):
            if name in self.data_events[:index]:
                raise validation_error(
                    "must not name a service twice. Remove the line",
                    at=f"data_events.{index}",
                    value=name,
                )
        if not (self.data_events or self.management_events):
            raise validation_error(
                "must be true without data_events: a trail must record something. Name services "
                "in data_events, or remove the line",
                at="management_events",
                value=False,
            )
        return self


class AuditSettings(Settings):
    """Who did what in the account, and what is open to the outside."""

    regimes: list[Regime] = []
    """Regimes that the environment is under. Log files are kept as long as the strictest asks."""
    retention_days: Annotated[int, Field(ge=90, le=36_500)] | None = None
    """How long log files are kept and locked; at least what `regimes` ask. Defaults to that, or to
    a year without regimes."""
    trail: TrailSettings = TrailSettings()
    """The trail of the environment."""
    organization_trail: TrailArn | None = None
    """ARN of a trail of your organization that records this account. No trail is created then;
    `trail`, `regimes` and `retention_days` are those of its owner."""
    access_analyzer: Literal["create", "exists", "none"] = "create"
    """An account has one analyzer of external access in a region: `create` it here, or say that it
    `exists`. The alarm topic tells of its findings; `none` for neither."""

    macie: Literal["create", "exists", "none"] = "none"
    """Amazon Macie, which looks for sensitive data in buckets: an account has one session in a
    region. `create` turns it on, `exists` uses it. The alarm topic tells of findings in buckets of
    the environment; classes of data stay as the settings say."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for index, name in enumerate(self.regimes):
            if name in self.regimes[:index]:
                raise validation_error(
                    "must not name a regime twice. Remove the line",
                    at=f"regimes.{index}",
                    value=name,
                )
        if self.organization_trail is not None:
            for key in ("trail", "regimes", "retention_days"):
                if key in self.model_fields_set:
                    value = getattr(self, key)
                    raise validation_error(
                        "has no effect with organization_trail, whose owner decides. Remove "
                        f"{key} or organization_trail",
                        at=key,
                        value=value.model_dump() if isinstance(value, Settings) else value,
                    )
        if self.retention_days is not None:
            for regime in self.regimes:
                if self.retention_days < (days := regime_days()[regime]):
                    raise validation_error(
                        f"must be at least {days} for {regime}. Remove the line, or use {days}",
                        at="retention_days",
                        value=self.retention_days,
                    )
        return self

    @property
    def kept_days(self) -> int:
        """How long log files are kept."""
        if self.retention_days is not None:
            return self.retention_days
        return max((regime_days()[one] for one in self.regimes), default=_USUAL_DAYS)
