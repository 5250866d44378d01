"""Any file, whatever it contains, gives errors of one line each, and never a traceback."""

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from stacks.loading import SettingsError, load_environments
from tests.bad_settings import BASE, faults, write
from tests.support import EXAMPLES

ACCOUNT = 'account: "123456789012"'
NESTING = 50_000
# More than nine billion values, if aliases were copied.
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghijk")
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            ACCOUNT,
            "account: {{ account }}",
            "2: account: got {{ account }}; must be a value. Replace the placeholder",
            id="placeholder",
        ),
        pytest.param(
            "[eu-west-1a,",
            "[{{ zone }},",
            "9: network.availability_zones[0]: got {{ zone }}; must be a value",
            id="placeholder in a list",
        ),
        pytest.param(
            ACCOUNT,
            "account: <account>",
            '2: account: got "<account>"; must be an AWS account id',
            id="value in angle brackets",
        ),
        pytest.param(
            "  cidr:",
            "  <cidr>: x\n  cidr:",
            "8: network: got <cidr> as a key; must be a name. Replace the placeholder",
            id="key in angle brackets",
        ),
        pytest.param(
            "  cidr:",
            "  [a]: x\n  cidr:",
            "8: network: got a block or list as a key",
            id="list as a key",
        ),
        pytest.param(
            "owner:", "1: x\nowner:", "5: got 1 as a key; must be a string", id="number as a key"
        ),
        pytest.param(
            "owner:", "~: x\nowner:", "5: got ~ as a key; must be a string", id="null as a key"
        ),
        pytest.param(
            "owner:", "2024-01-01: x\nowner:", "5: got 2024-01-01 as a key", id="date as a key"
        ),
        pytest.param("owner:", '"[key]": x\nowner:', "5: [key]: no such key", id="key in brackets"),
        pytest.param(
            "owner:",
            '"a\\nb": x\nowner:',
            r"5: got a\nb as a key; must be printable",
            id="control character",
        ),
        pytest.param(
            "ml-platform", '"a\u2028b"', r'5: owner: got "a\u2028b"; must be', id="line separator"
        ),
        pytest.param(
            "ml-platform", '"\\ud800"', r"5: owner: got \ud800; must be Unicode", id="surrogate"
        ),
        pytest.param("ml-platform", '"\\UFFFFFFFF"', " must be valid YAML: ", id="no character"),
        pytest.param(
            "ml-platform", "!Ref x", "5: owner: got the tag !Ref; must have no tag", id="tag"
        ),
        pytest.param(
            "ml-platform", "!!bool x", "5: owner: got x; must be a valid bool", id="no truth value"
        ),
        pytest.param(
            "ml-platform",
            '!!python/object/apply:os.system ["exit 1"]',
            "5: owner: got the tag tag:yaml.org,2002:python/object/apply:os.system; must",
            id="Python object",
        ),
        pytest.param(
            "owner:", "o: &o {o: *o}\nowner:", "5: o.o: got *o; must not contain itself", id="cycle"
        ),
        pytest.param(
            "owner:",
            "<<: 1\nowner:",
            "5: <<: must be a block, or a list of blocks",
            id="merged number",
        ),
        pytest.param(
            "owner:",
            "%YAML 1.1\n---\nowner:",
            "5: got another document; must be one",
            id="directive inside",
        ),
        pytest.param("name:", "%YAML 1.1\n---\nname:", "1: must be YAML 1.2", id="other version"),
        pytest.param(
            "name:", "%YAML 1.9999999999\n---\nname:", " must be valid YAML: ", id="no version"
        ),
        pytest.param(
            "owner:",
            f"{BOMB}owner:",
            "10: f[1]: must have at most 100,000 values",
            id="many aliases",
        ),
        pytest.param("owner:", f"owner: {'9' * 5000}\n#", "5: owner: got 9999", id="long number"),
        pytest.param(
            BASE,
            f"#{'x' * 1_000_000}",
            " got 1,000,001 characters; must have at most",
            id="large file",
        ),
    ],
)
def test_hostile_yaml(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in BASE
    file = write(tmp_path, BASE.replace(old, new))

    found = faults(file)

    assert any(one.startswith(f"{file}:{message}") for one in found), found
    assert all(one.startswith(f"{file}:") and one.isprintable() for one in found)


@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "{a: "])
def test_deep_nesting(opening: str, tmp_path: Path) -> None:
    """In a process of its own, because the parser in C once ended it without a message."""
    file = write(tmp_path, f"{BASE}tags: \n  {opening * NESTING}\n")
    code = "import sys; from stacks.loading import *\ntry: load_environments(files=sys.argv[1:])\n"

    run = subprocess.run(
        [sys.executable, "-c", f"{code}except SettingsError as error: print(error)", file],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"{file}:")
    assert all(line.startswith(f"{file}:") for line in run.stdout.splitlines())


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(range(256)), BASE.encode("utf-16"), b"\x1f\x8b\x08\0\xff"],
    ids=["picture", "UTF-16", "archive"],
)
def test_binary_file(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    file.write_bytes(content)

    [message] = faults(str(file))

    assert message.startswith(f"{file}: got byte 0x")
    assert "must be text in UTF-8" in message


@pytest.mark.parametrize(
    "content",
    ["\ufeff" + BASE, BASE.replace("\n", "\r\n"), BASE.replace(": ", ":\t"), f"---\n{BASE}...\n"],
    ids=["byte order mark", "line ends of Windows", "tabs", "markers"],
)
def test_unusual_files_that_are_valid(content: str, tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    file.write_bytes(content.encode())

    [base] = load_environments(files=[str(file)])

    assert base.owner == "ml-platform"


def test_anchors_and_merged_blocks(tmp_path: Path) -> None:
    text = "tags: {<<: [&one {a: x, b: x}, {b: y, c: y}], c: z}\npersonas: {p: &p {activities: "
    file = write(tmp_path, f"{BASE}{text}[run_jobs]}}, q: *p}}\n")

    [base] = load_environments(files=[file])

    assert base.tags == {"a": "x", "b": "x", "c": "z"}
    assert base.personas["p"] == base.personas["q"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_custom_persona_without_activities(example: Path, tmp_path: Path) -> None:
    """Whatever the environment has besides: rules of capabilities rely on valid personas."""
    text, name = example.read_text("utf-8"), example.stem
    if "\npersonas:\n" not in text:
        text += "\npersonas:\n"
    # Files that settings name are next to them.
    for other in example.parent.glob(f"{name}.*.json"):
        shutil.copy(other, tmp_path)
    file = write(
        tmp_path, text.replace("\npersonas:\n", "\npersonas:\n  no_activities: {}\n"), name
    )

    with pytest.raises(SettingsError) as caught:
        load_environments(files=[file], locked=False)

    line = text[: text.index("\npersonas:\n")].count("\n") + 3
    assert str(caught.value).startswith(f"{file}:{line}: personas.no_activities: got ")
