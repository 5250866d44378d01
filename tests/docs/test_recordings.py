"""Terminal output in docs/recordings.md is what the program prints."""

import re
import shlex

import pytest

from tests.operations import program
from tests.support import ROOT

PAGE = ROOT / "docs/recordings.md"
RENEW = "pytest -n0 tests/docs/test_recordings.py --renew-recordings"
_FENCE = re.compile(
    r"(?<=^```console\n)\$ sagemaker-platform (.+)\n(?:(?s:.*?)\n)??(?=^```$)", re.MULTILINE
)
# What differs from run to run, and how the page shows it.
_TIME = re.compile(r" in \d+\.\d s,")
# Long reports show their beginning only.
_LINES = 16


def recorded(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    program.run(*shlex.split(command))
    output = capsys.readouterr()
    lines = _TIME.sub(" in 4.2 s,", output.out + output.err).rstrip().splitlines()
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], "..."]
    return "\n".join([f"$ sagemaker-platform {command}", *(line.rstrip() for line in lines), ""])


@pytest.mark.slow
def test_recordings_are_current(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    monkeypatch.chdir(ROOT)
    text = PAGE.read_text("utf-8")
    page, count = _FENCE.subn(lambda found: recorded(found[1], capsys), text)

    assert count == 6
    if pytestconfig.getoption("renew_recordings"):
        PAGE.write_text(page, "utf-8")
        return
    assert text == page, f"If you intend the change: {RENEW}"
