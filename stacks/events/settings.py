"""Settings of notices of events."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from sagemaker_platform.events.kinds import KINDS
from stacks.fields import Settings, close_to, validation_error

Which = Literal["failures", "all", "none"]
Prefix = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]


States = Annotated[
    Annotated[Which, Tag("<word>")] | Annotated[list[str], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: "<list>" if isinstance(value, list) else "<word>"),
]
"""States of a resource type that cause a notice."""


class EventsSettings(Settings):
    """Which changes of state in SageMaker the alarm topic tells.

    Each kind takes `failures`, `all`, `none`, or a list of states. They are those of the account
    in the region, whatever created the resource.
    """

    training_jobs: States = "failures"
    """Training jobs."""
    processing_jobs: States = "failures"
    """Processing jobs, which are also the runs of monitors."""
    transform_jobs: States = "failures"
    """Batch transform jobs."""
    tuning_jobs: States = "failures"
    """Hyperparameter tuning jobs."""
    endpoints: States = "failures"
    """Endpoints. Endpoints of `inference` are excluded, because they always report their
    failures."""
    clusters: States = "failures"
    """HyperPod clusters."""
    cluster_nodes: States = "failures"
    """Health of nodes of HyperPod clusters."""
    model_packages: States = "failures"
    """Versions in the model registry."""
    model_approvals: States = "none"
    """Approvals of versions in the model registry."""
    pipelines: States = "failures"
    """Executions of pipelines."""
    name_prefixes: Annotated[list[Prefix], Field(max_length=10)] = []
    """Prefix of the resource names, such as `dev-` if an account has several environments. For
    model packages, the prefix of the group name. Defaults to all resources of the account and
    region."""
    for_chat: bool = False
    """Format messages as custom notifications for Amazon Q Developer in chat applications, which
    ignores other text. E-mails then contain JSON."""

    @field_validator(*KINDS)
    @classmethod
    def _check_states(cls, value: list[str] | Which, info: ValidationInfo) -> list[str] | Which:
        if isinstance(value, str):
            return value
        known = KINDS[str(info.field_name)].states
        for index, state in enumerate(value):
            if state not in known:
                hint = close_to(state, known) or f"; must be one of {', '.join(known)}"
                raise validation_error(
                    f"must be a state of {info.field_name}{hint}", at=str(index), value=state
                )
            if state in value[:index]:
                raise validation_error("must name each state once", at=str(index), value=state)
        return value

    @property
    def states(self) -> dict[str, list[str]]:
        """The states of each kind that is told of."""
        found: dict[str, list[str]] = {}
        for name, kind in KINDS.items():
            given: list[str] | Which = getattr(self, name)
            wanted = (
                {"failures": list(kind.failures), "all": list(kind.states), "none": []}[given]
                if isinstance(given, str)
                else given
            )
            if wanted:
                found[name] = wanted
        return found

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.model_approvals == "failures":
            raise validation_error(
                "must be all, none, or a list of states, because an approval cannot fail",
                at="model_approvals",
                value="failures",
            )
        if not self.states:
            raise validation_error(
                "must select at least one state. Add states, or remove the block",
                at="training_jobs",
                value=self.training_jobs,
            )
        for index, prefix in enumerate(self.name_prefixes):
            for other in self.name_prefixes[:index]:
                if prefix.startswith(other) or other.startswith(prefix):
                    raise validation_error(
                        f"must not overlap with {other}, which covers the same names",
                        at=f"name_prefixes.{index}",
                        value=prefix,
                    )
        return self
