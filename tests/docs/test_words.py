"""Words that readers stumble over stay out of pages, messages, code and tests."""

import re

from tests.support import ROOT

_WORDS = (
    "beside",
    "nobody",
    "parted",
    "somebody",
    "thereof",
    "whoever",
    "whom",
)
_PHRASES = (r"; absent\b", r"\bone's own\b")
_BANNED = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b|{'|'.join(_PHRASES)}", re.IGNORECASE)
# A name of Linux, and this list.
_QUOTATIONS = {"stacks/fields.py": "|nobody|", "tests/docs/test_words.py": ""}
_FOLDERS = (".github", "constructs", "docs", "examples", "operations", "stacks", "tests")
_FILES = ("CONTRIBUTING.md", "Makefile", "README.md", "app.py", "mkdocs.yml", "pyproject.toml")
_SUFFIXES = {".csv", ".guard", ".md", ".py", ".sh", ".yaml", ".yml"}


def test_banned_words_are_not_used() -> None:
    files = [ROOT / name for name in _FILES]
    files += [
        file
        for folder in _FOLDERS
        for file in (ROOT / folder).rglob("*")
        if file.suffix in _SUFFIXES and file.is_file()
    ]
    found = [
        f"{name}:{number}: {line.strip()}"
        for file in files
        for name in (str(file.relative_to(ROOT)),)
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if _BANNED.search(line) and _QUOTATIONS.get(name, "\n") not in line
    ]
    assert len(files) > 500
    assert not found, "\n".join(found)
