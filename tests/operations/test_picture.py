"""The verb `picture`: what it draws of an environment, and how it marks a change."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from operations.assembly import Assembly, Stage
from operations.picture.draw import Mark, draw
from operations.picture.items import Place
from tests.operations import program
from tests.support import EXAMPLES, synthesized

SVG = "{http://www.w3.org/2000/svg}"


def written(svg: str) -> list[str]:
    """Return all text, in order; text that is cut stands whole in its tooltip."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}text")
    return [one.findtext(f"{SVG}title") or one.text or "" for one in found]


def marked(svg: str, mark: str) -> list[str]:
    """Return the name next to each box that has a mark."""
    elements = list(ElementTree.fromstring(svg))
    boxes = [i for i, one in enumerate(elements) if mark in one.get("class", "").split()]
    return [
        next(one.text or "" for one in elements[i:] if one.tag == f"{SVG}text")
        for i in boxes
        if elements[i].tag == f"{SVG}rect"
    ]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    wanted = ("lakehouse-rights", "inference-complete", "network-existing", "network-complete")
    files = [file for file in EXAMPLES if file.stem in wanted]
    assembly = Assembly.read(synthesized(tmp_path_factory.mktemp("cdk"), *files))
    return {stage.name: stage for stage in assembly.stages}


@pytest.fixture(scope="module")
def prod(typical: Path) -> Stage:
    return next(one for one in Assembly.read(typical).stages if one.name == "prod")


def test_network_is_drawn_with_its_zones_and_endpoints(stages: dict[str, Stage]) -> None:
    text = written(draw(stages["network-complete"]))

    assert "VPC 10.101.0.0/16" in text
    assert "to the internet through NAT" in text
    assert [one for one in text if one.startswith("eu-west-1")] == [
        "eu-west-1a",
        "eu-west-1b",
        "eu-west-1c",
    ]
    assert "public subnet, 10.101.192.0/28, NAT gateway" in text
    assert {"bedrock-runtime", "sagemaker.api", "s3", "dynamodb"} <= set(text)


def test_existing_network_is_named(stages: dict[str, Stage]) -> None:
    assert "Existing VPC vpc-0a1b2c3d4e5f67890" in written(draw(stages["network-existing"]))


def test_endpoints_are_drawn_with_type_and_count(stages: dict[str, Stage]) -> None:
    text = " ".join(written(draw(stages["inference-complete"])))

    assert "churn endpoint: 2 to 10 x ml.c7i.xlarge" in text
    assert "documents endpoint: 0 to 5 x ml.g5.xlarge, asynchronous" in text
    assert "rules endpoint: serverless, 4096 MB" in text


def test_table_says_who_reaches_which_data(stages: dict[str, Stage]) -> None:
    text = written(draw(stages["lakehouse-rights"]))
    table = text[text.index("Who reaches which data") + 1 :]

    assert table[:4] == ["artifacts", "raw", "curated", "events.web"]
    assert table[4:] == [
        *("Analyst", "see names", "read parts"),
        *("Data engineer", "write", "write", "write"),
        *("Data scientist", "write", "see names", "read parts", "read parts"),
        *("account 555555555555", "read parts"),
        # The other account next to the environment.
        *("account 555555555555", "reads data"),
    ]


def test_arrows_lead_from_and_to_other_accounts(stages: dict[str, Stage]) -> None:
    svg = draw(stages["inference-complete"])
    text = written(svg)
    start = text.index("account 555555555555")

    assert text[start:] == [
        *("account 555555555555", "calls endpoints", "key is used"),
        *("account 666666666666", "calls endpoints"),
    ]
    lines = [
        [float(part.lstrip("ML")) for part in one.attrib["d"].split()]
        for one in ElementTree.fromstring(svg).iter(f"{SVG}path")
        if one.get("class") == "link"
    ]
    # To the environment on the left, and from it.
    assert [start > end for start, _, end, _ in lines] == [True, False, True]


def test_picture_speaks_to_screen_readers_and_fits_dark_screens(prod: Stage) -> None:
    svg = draw(prod)
    root = ElementTree.fromstring(svg)

    assert root.findtext(f"{SVG}title") == "Environment prod"
    assert "Data scientist: write artifacts, read curated" in (root.findtext(f"{SVG}desc") or "")
    assert "prefers-color-scheme: dark" in svg
    assert "http" not in svg.replace(SVG.strip("{}"), "")


def test_change_is_marked(prod: Stage) -> None:
    lakehouse = next(one for one in prod.stacks if one.name == "lakehouse")
    raw = [
        ("lakehouse", key)
        for key in lakehouse.resources()
        if key.startswith(("RawLayerB", "RawLayerD"))
    ]
    bucket = next(key for _, key in raw if key.startswith("RawLayerBucket"))

    assert marked(draw(prod, dict.fromkeys(raw, "added")), "added") == ["raw"]
    # One resource of an item: the item has changed.
    assert marked(draw(prod, {("lakehouse", bucket): "added"}), "changed") == ["raw"]


def test_what_is_removed_is_drawn_from_before(prod: Stage) -> None:
    after = Stage(prod.name, tuple(one for one in prod.stacks if one.name != "inference"))
    gone = next(one for one in prod.stacks if one.name == "inference")
    marks: dict[Place, Mark] = {("inference", key): "removed" for key in gone.resources()}

    svg = draw(after, marks, before=prod)

    assert {"inference", "churn", "Captures"} <= set(marked(svg, "removed"))
    assert "churn" not in written(draw(after))


def test_text_is_escaped(stages: dict[str, Stage]) -> None:
    name = "a & <b>"
    assert name in written(draw(Stage(name, stages["network-existing"].stacks)))


def test_verb_writes_a_file_per_environment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = "examples/foundation-minimal.yaml"
    assert program.run("picture", "--files", file, "--output", tmp_path / "new") == 0

    written_file = tmp_path / "new" / "foundation-minimal.svg"
    assert capfd.readouterr().out.splitlines()[-1] == str(written_file)
    assert "foundation-minimal" in written(written_file.read_text("utf-8"))


def test_verb_refuses_settings_that_are_wrong(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: Wrong!\n", "utf-8")

    assert program.run("picture", "--files", wrong, "--output", tmp_path / "new") == 1
    assert "wrong.yaml" in capfd.readouterr().err
    assert not (tmp_path / "new").exists()
