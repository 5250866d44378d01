"""Which settings file each environment has now, and had in the earlier revision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from operations.review.edits import likeness
from stacks.document import Document, DocumentError, parse_document

_FOLDER = PurePosixPath("environments")
# Share of equal values above which a file that is gone and one that is new are a renamed one.
_RENAMED = 0.6


@dataclass(frozen=True)
class Files:
    """The settings files of one environment.

    Attributes:
        name: name of the environment.
        old: path in the earlier revision; None if it is new.
        new: path in the working tree; None if it is gone.
        note: what happened to the file, for people; empty if nothing did.
        renamed_from: earlier name of an environment with another name.
    """

    name: str
    old: str | None
    new: str | None
    note: str = ""
    renamed_from: str = ""


def old_files(selected: Sequence[str], *, names: bool, listed: Iterable[str]) -> list[str]:
    """Return the settings files of the earlier revision that belong to those of the working tree.

    Args:
        selected: settings files of the working tree.
        names: whether only these are asked for; otherwise, all files of ``environments/``.
        listed: all files of the earlier revision.
    """
    known = [one for one in listed if one.endswith(".yaml")]
    if names:
        found = [one for one in known if one in selected]
    else:
        found = [one for one in known if PurePosixPath(one).parent == _FOLDER]
    stems = {Path(one).stem for one in found}
    for file in selected:
        if file not in found and (stem := Path(file).stem) not in stems:
            # Where else it was, if it is there no longer.
            moved = [
                one for one in known if PurePosixPath(one).stem == stem and not Path(one).exists()
            ]
            found += moved[:1]
    return sorted(found)


def pair(old: Sequence[str], new: Sequence[str], *, here: Iterable[str], base: Path) -> list[Files]:
    """Return the files of each environment, in the order of names.

    Args:
        old: settings files of the earlier revision.
        new: settings files of the working tree.
        here: all files of the working tree.
        base: folder with the files of the earlier revision.
    """
    before = {PurePosixPath(one).stem: one for one in old}
    after = {PurePosixPath(one).stem: one for one in new}
    renamed = _renamed(before, after, base)
    elsewhere = {
        PurePosixPath(one).stem: one
        for one in here
        if one.endswith(".yaml") and not (base / one).exists()
    }
    found = []
    for name in sorted({*before, *after}):
        first, second = before.get(name), after.get(name)
        note = ""
        if first and second and first != second:
            note = f"its file moved from `{first}` to `{second}`"
        elif first and not second and name in elsewhere:
            note = (
                f"its file moved to `{elsewhere[name]}`, which is not among the settings files "
                "of this app"
            )
        elif name in renamed.values():
            other = next(one for one, earlier in renamed.items() if earlier == name)
            note = f"its file became `{after[other]}`"
        found.append(Files(name, first, second, note, renamed.get(name, "")))
    return found


def _renamed(before: dict[str, str], after: dict[str, str], base: Path) -> dict[str, str]:
    """Return the earlier names of environments that have another name."""
    found: dict[str, str] = {}
    gone = {name: read_settings(base / file) for name, file in before.items() if name not in after}
    for name, file in after.items():
        if name in before or not gone:
            continue
        here = read_settings(Path(file))
        scores = {
            other: likeness(_without_name(document), _without_name(here))
            for other, document in gone.items()
            if document and here
        }
        best = max(scores, key=lambda one: scores[one], default=None)
        if best is not None and scores[best] >= _RENAMED:
            found[name] = best
            del gone[best]
    return found


def _without_name(document: Document | None) -> dict[str, object]:
    data = document.data if document and isinstance(document.data, dict) else {}
    return {key: value for key, value in data.items() if key != "name"}


def read_settings(file: Path) -> Document | None:
    """Return a settings file; None if it cannot be read, which another check tells."""
    try:
        return parse_document(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, DocumentError):
        return None
