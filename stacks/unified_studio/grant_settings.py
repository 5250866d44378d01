"""Settings of grants in a domain."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.unified_studio import policies
from stacks.fields import Settings, TeamName, validation_error
from stacks.unified_studio.fields import Key, UnitPath
from stacks.unified_studio.who_settings import Who, WhoSettings

May = Literal[
    "create_projects",
    "be_members",
    "create_units",
    "override_unit_owners",
    "override_project_owners",
    "create_glossaries",
    "create_form_types",
    "create_asset_types",
]


class Grant(NamedTuple):
    """A grant to one user or group, of one profile.

    Without a user or group, it is to everyone, or to the projects of the unit.
    """

    may: str
    unit: str | None
    who: WhoSettings | None
    profile: str | None

    @property
    def content(self) -> tuple[str, ...]:
        """Texts that tell it from all others."""
        identity = self.who.identity if self.who else ("", "")
        return (self.may, self.unit or "", *identity, self.profile or "")


class GrantSettings(Settings):
    """What users, groups or projects may do in a unit and in the units below it."""

    may: May
    """What they may do. `create_glossaries`, `create_form_types` and `create_asset_types` are for
    all projects of the unit, the others for users and groups."""
    unit: UnitPath | None = None
    """Path of the unit by its keys. Defaults to the whole domain."""
    who: list[Who] = []
    """Users and groups."""
    team: TeamName | None = None
    """Key of `teams`: its people, in addition to `who`."""
    everyone: bool = False
    """Whether all users of the domain have the grant, in place of `who`."""
    profiles: Annotated[list[Key], Field(min_length=1)] | None = None
    """Only with `create_projects`: keys of project profiles. Defaults to all."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        about = policies()[self.may]
        people = bool(self.who or self.team) + self.everyone
        if about.principals == "people" and people != 1:
            raise validation_error(
                f"must have either who or everyone, because {self.may} is for users and "
                "groups. A team counts as who"
            )
        if about.principals == "projects" and people:
            key = "who" if self.who else "team" if self.team else "everyone"
            raise validation_error(
                f"must not be given, because {self.may} is for the projects of the unit. Remove "
                "the line",
                at=key,
            )
        if self.profiles is not None and not about.profiles:
            raise validation_error(
                "must be only with create_projects. Remove the line",
                at="profiles",
                value=self.profiles,
            )
        return self

    def single(self, profiles: Sequence[str]) -> Iterator[Grant]:
        """Yield the grants that AWS takes: one for each user, group and profile.

        Args:
            profiles: keys of all profiles.
        """
        wanted: Sequence[str | None] = (None,)
        if policies()[self.may].profiles:
            wanted = self.profiles or profiles
        for who in self.who or (None,):
            for profile in wanted:
                yield Grant(self.may, self.unit, who, profile)


def grants_of(
    given: Sequence[GrantSettings] | None, enrolled: Sequence[str]
) -> Sequence[GrantSettings]:
    """Return the grants of a domain.

    Args:
        given: those of the settings, if there are any.
        enrolled: personas that use the domain, which have the default grants.
    """
    if given is not None:
        return given
    found = [GrantSettings(may="be_members", everyone=True)]
    if enrolled:
        people = [{"persona": name} for name in enrolled]
        found.append(GrantSettings.model_validate({"may": "create_projects", "who": people}))
    return found
