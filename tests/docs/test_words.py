"""Words that readers stumble over stay out of pages, messages, code and tests."""

import re
import subprocess

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
# A name of Linux, the text of the license, and what was released already.
_QUOTATIONS = {"stacks/fields.py": "|nobody|"}
_SKIPPED = ("LICENSE", "CHANGELOG.md", "tests/docs/test_words.py", "environments/", "custom/")
_SUFFIXES = (".py", ".md", ".yaml", ".yml", ".guard", ".sh", ".toml", ".csv", "Makefile")


def test_banned_words_are_not_used() -> None:
    run = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    files = [name for name in run.stdout.splitlines() if name.endswith(_SUFFIXES)]
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in files
        if not name.startswith(_SKIPPED) and (ROOT / name).exists()
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1)
        if _BANNED.search(line) and _QUOTATIONS.get(name, "\n") not in line
    ]
    assert len(files) > 500
    assert not found, "\n".join(found)
