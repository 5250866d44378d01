"""Which edit of a settings file, or the code, causes which change.

Each edit is applied alone to the earlier settings and synthesized. What only several edits cause
together is found by leaving one out. Code and settings are told apart by the earlier settings with
the code of the working tree.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from operations.review.access import AccessChange
from operations.review.comparison import (
    Comparison,
    Side,
    change_aspects,
    finding_aspect,
    permission_aspects,
)
from operations.review.difference import Change
from operations.review.edits import Edit, apply_edits
from operations.review.variants import InvalidVariantError
from operations.review.verdict import Finding

# Above this, edits of one block of the settings count as one.
_MOST_EDITS = 40


@dataclass(frozen=True)
class Cause:
    """What causes a change.

    Attributes:
        text: an edit in the words of the settings, or that it is the code.
        places: file and line of each edit.
        edits: the edits; none for code.
    """

    text: str
    places: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def of(cls, edits: Sequence[Edit]) -> "Cause":
        """Return edits as one cause."""
        return cls(
            "; ".join(one.text for one in edits),
            tuple(one.place for one in edits),
            tuple(edits),
        )


CODE = Cause("code")
Make = Callable[[Any], Side]


@dataclass(frozen=True)
class Attribution:
    """What causes what.

    Attributes:
        by_aspect: causes of each piece of a comparison.
        causes: all causes, in the order of the settings file.
        variants: number of variants that were synthesized.
    """

    by_aspect: Mapping[Hashable, Sequence[Cause]] = field(default_factory=dict)
    causes: Sequence[Cause] = ()
    variants: int = 0

    def of_finding(self, finding: Finding, access: AccessChange) -> list[Cause]:
        """Return the causes of a finding."""
        aspects = permission_aspects(finding, access) or {finding_aspect(finding)}
        return self._of(aspects)

    def of_change(self, change: Change) -> list[Cause]:
        """Return the causes of a change."""
        return self._of(change_aspects(change))

    def _of(self, aspects: set[Hashable]) -> list[Cause]:
        found = {cause for aspect in aspects for cause in self.by_aspect.get(aspect, ())}
        return [cause for cause in self.causes if cause in found]


def attribute(
    before: Side,
    after: Side,
    settings: Any,
    edits: Sequence[Edit],
    make: Make,
    *,
    code_changed: bool,
) -> Attribution:
    """Find what causes the differences of two revisions.

    Args:
        before: the earlier revision.
        after: the revision of the working tree.
        settings: the earlier settings.
        edits: what turns them into those of the working tree.
        make: synthesizes settings with the code of the working tree; raises `InvalidVariantError`.
        code_changed: whether anything but settings differs.
    """
    wanted = Comparison.of(before, after).aspects()
    if not edits:
        return Attribution({one: [CODE] for one in wanted}, [CODE])
    if len(edits) == 1 and not code_changed:
        cause = Cause.of(edits)
        return Attribution({one: [cause] for one in wanted}, [cause])
    search = _Search(after, settings, _units(edits), make, wanted)
    middle = search.synthesize(()) if code_changed else before
    if code_changed and middle is not None:
        search.note(Comparison.of(before, middle).aspects(), CODE)
    if middle is not None:
        search.add_each(middle)
    search.leave_out_each()
    rest = CODE if code_changed else Cause.of(edits)
    search.note(search.open, rest)
    order = [*(Cause.of(unit) for unit in search.units), *search.joint, rest, CODE]
    causes = [one for one in dict.fromkeys(order) if one in search.used]
    return Attribution(search.found, causes, search.count)


Unit = tuple[Edit, ...]


def _units(edits: Sequence[Edit]) -> list[Unit]:
    if len(edits) <= _MOST_EDITS:
        return [(one,) for one in edits]
    blocks: dict[Any, list[Edit]] = {}
    for one in edits:
        blocks.setdefault(one.path[0], []).append(one)
    return [tuple(block) for block in blocks.values()]


class _Search:
    """Looks for the causes of what differs, and synthesizes each variant once."""

    def __init__(
        self, after: Side, settings: Any, units: list[Unit], make: Make, wanted: set[Hashable]
    ) -> None:
        self.units = units
        self.joint: list[Cause] = []
        self.found: dict[Hashable, list[Cause]] = {}
        self.used: set[Cause] = set()
        self.count = 0
        self._after = after
        self._settings = settings
        self._make = make
        self._wanted = wanted

    @property
    def open(self) -> set[Hashable]:
        """What has no cause so far."""
        return self._wanted - self.found.keys()

    def synthesize(self, units: Sequence[Unit]) -> Side | None:
        """Return the earlier settings with some edits; None if they are not accepted."""
        try:
            data = apply_edits(self._settings, [one for unit in units for one in unit])
            side = self._make(data)
        except (InvalidVariantError, LookupError, StopIteration):
            return None
        self.count += 1
        return side

    def note(self, aspects: set[Hashable], cause: Cause) -> None:
        """Record the cause of what is wanted among some pieces."""
        for one in aspects & self._wanted:
            self.used.add(cause)
            if cause not in self.found.setdefault(one, []):
                self.found[one].append(cause)

    def add_each(self, middle: Side) -> None:
        """Apply each edit alone; pair those that are not accepted alone."""
        alone: dict[Unit, set[Hashable]] = {}
        refused: list[Unit] = []
        for unit in self.units:
            side = self.synthesize([unit])
            if side is None:
                refused.append(unit)
                continue
            alone[unit] = Comparison.of(middle, side).aspects()
            self.note(alone[unit], Cause.of(unit))
        open_ = list(refused)
        while open_:
            first = open_.pop(0)
            for other in [*open_, *alone]:
                side = self.synthesize([first, other])
                if side is None:
                    continue
                aspects = Comparison.of(middle, side).aspects()
                if other in alone:
                    # What the other one does by itself is not caused by this one.
                    self.note(aspects - alone[other], Cause.of(first))
                else:
                    open_.remove(other)
                    self._note_joint(aspects, (*first, *other))
                refused = [one for one in refused if one not in (first, other)]
                break
        if len(refused) > 1 and (side := self.synthesize(refused)) is not None:
            edits = tuple(one for unit in refused for one in unit)
            self._note_joint(Comparison.of(middle, side).aspects(), edits)

    def leave_out_each(self) -> None:
        """Leave out each edit in turn, for what only several cause together."""
        for unit in self.units:
            if not self.open:
                return
            side = self.synthesize([one for one in self.units if one != unit])
            if side is not None:
                still = self.open
                self.note(Comparison.of(side, self._after).aspects() & still, Cause.of(unit))

    def _note_joint(self, aspects: set[Hashable], edits: Unit) -> None:
        # In the order of the file.
        known = [one for unit in self.units for one in unit]
        cause = Cause.of(sorted(edits, key=known.index))
        self.joint.append(cause)
        self.note(aspects, cause)
