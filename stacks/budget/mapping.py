"""What the budgets of AWS count, from the teams of an environment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from stacks.teams import TEAM_TAG


@dataclass(frozen=True)
class TeamFilter:
    """How AWS tells the costs of a team.

    Attributes:
        tags: tags that its costs have, besides that of the environment.
        others: values of a tag that its costs do not have.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)


def team_filters(
    capped: Collection[str],
    *,
    own: str,
    own_has_tag: bool,
    tagged: Collection[str],
    with_quota: Collection[str],
) -> Mapping[str, TeamFilter]:
    """Return how AWS tells the costs of the teams that have a cap; none where it cannot.

    AWS bills a cluster as a whole, so that it knows no team that has only a quota, and what is
    left to the environment's own team apart from quotas.

    Args:
        capped: teams with a cap.
        own: the environment's own team, which has what no other team has.
        own_has_tag: whether everything else has the tag of the environment's own team.
        tagged: teams whose name is a tag of what they use.
        with_quota: teams with a quota of Task Governance.
    """
    found: dict[str, TeamFilter] = {}
    for team in capped:
        if team in tagged or (team == own and own_has_tag):
            found[team] = TeamFilter(tags={TEAM_TAG: team})
        elif team == own and not with_quota:
            others = sorted(set(tagged) - {own})
            found[team] = TeamFilter(others={TEAM_TAG: others} if others else {})
    return found
