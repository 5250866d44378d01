"""How a change alters the evidence of an environment."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from operations.assembly import Stage
from operations.evidence.evidence import Evidence, evidence_of
from operations.evidence.rules import controls


def evidence_changes(
    before: tuple[Path, Stage], after: tuple[Path, Stage]
) -> tuple[tuple[str, str, str], ...]:
    """Return what differs in the evidence: what it is about, what was, and what is.

    What personas reach is left out: the review lists permissions one by one.

    Args:
        before: the earlier assembly, and the environment in it.
        after: that of the working tree.
    """
    old, new = (
        evidence_of(assembly, stage, commit="", dirty=False, with_reach=False)
        for assembly, stage in (before, after)
    )
    return tuple(_differences(old, new))


def _differences(old: Evidence, new: Evidence) -> Iterator[tuple[str, str, str]]:
    for before, after in zip(_totals(old), _totals(new), strict=True):
        if before != after:
            yield before[0], before[1], after[1]
    states = {one.rule.id: one.state for one in old.judged}
    for one in new.judged:
        if (earlier := states[one.rule.id]) != one.state:
            yield f"rule {one.rule.id}", earlier, one.state
    stores = {one.place: one for one in old.stores}
    for store in new.stores:
        known = stores.pop(store.place, None)
        if known is None:
            shown = f"{store.encryption}; {store.retention}; {store.data_class or 'not classified'}"
            yield f"store {store.place}", "", shown
            continue
        was, now = asdict(known), asdict(store)
        for key in ("data_class", "encryption", "retention", "deletion"):
            if was[key] != now[key]:
                yield f"store {store.place}, {key.replace('_', ' ')}", was[key], now[key]
    yield from ((f"store {place}", "is there", "") for place in stores)
    ways = {(one.kind, one.what): len(one.places) for one in old.exposure}
    for way in new.exposure:
        count = ways.pop((way.kind, way.what), 0)
        if count != len(way.places):
            yield f"network, {way.kind}: {way.what}", _number(count), _number(len(way.places))
    yield from (
        (f"network, {kind}: {what}", _number(count), "") for (kind, what), count in ways.items()
    )
    answers = {one.question: len(one.places) for one in old.answers}
    for answer in new.answers:
        if (count := answers.get(answer.question, 0)) != len(answer.places):
            yield answer.question, _number(count), _number(len(answer.places))


def _totals(evidence: Evidence) -> Iterator[tuple[str, str]]:
    numbered = list(controls(evidence.judged))
    for pack in dict.fromkeys(one.rule.pack for one in evidence.judged):
        ones = [one for one in numbered if one.pack == pack]
        satisfied = sum(one.state == "satisfied" for one in ones)
        accepted = sum(one.state == "acknowledged" for one in ones)
        opened = sum(one.state == "open" for one in ones)
        yield (
            f"controls of {pack}",
            f"{satisfied} satisfied, {accepted} acknowledged, {opened} open",
        )


def _number(count: int) -> str:
    return f"{count} resource(s)" if count else ""
