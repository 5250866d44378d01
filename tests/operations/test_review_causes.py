"""Which edit of a settings file causes which change, and what has another name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from operations.review.edits import apply_edits, edits_between
from operations.review.files import Files
from operations.review.markdown import markdown
from operations.review.model import EnvironmentReview, Report
from operations.review.page import page
from operations.review.review import compare_environment
from operations.review.verdict import Finding
from stacks.document import parse_document
from tests.support import FIXTURES, synthesized

PROD = (FIXTURES / "prod.yaml").read_text("utf-8")
EDITS = (
    # Each makes another one necessary: the grant names the layer.
    ("    - name: curated\n      tags: {sensitivity: internal}\n", ""),
    ("[raw, curated, analytics]", "[raw, analytics]"),
    ("cidr: 10.30.0.0/16", "cidr: 10.99.0.0/16"),
    ("    - name: alice\n", "    - name: alice\n      persona: data_engineer\n"),
    ("churn:1.4.0", "churn:1.5.0"),
    ("ml.c7i.xlarge", "ml.c7i.2xlarge"),
    ("default_minutes: 120", "default_minutes: 240"),
)


@dataclass(frozen=True)
class Bench:
    """A folder with the earlier settings, their templates, and a place for new ones."""

    folder: Path

    def compare(self, text: str, *, code: bool = False) -> EnvironmentReview:
        new = self.folder / "new" / "prod.yaml"
        new.parent.mkdir(exist_ok=True)
        new.write_text(text, "utf-8")
        return compare_environment(
            Files("prod", "prod.yaml", str(new)),
            self.folder / "cdk.out",
            synthesized(self.folder / "new.out", new),
            base=self.folder,
            code=code,
        )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("bench")
    (folder / "prod.yaml").write_text(PROD, "utf-8")
    synthesized(folder / "cdk.out", folder / "prod.yaml")
    return Bench(folder)


@pytest.fixture(scope="module")
def found(bench: Bench) -> EnvironmentReview:
    text = PROD
    for old, new in EDITS:
        assert old in text
        text = text.replace(old, new, 1)
    return bench.compare(text)


def places(review: EnvironmentReview, findings: Iterable[Finding]) -> set[str]:
    attribution = review.attribution
    return {
        place.rpartition(":")[2]
        for one in findings
        for cause in attribution.of_finding(one, review.access)
        for place in cause.places
    }


def line(text: str, part: str) -> str:
    return str(text[: text.index(part)].count("\n") + 1)


@pytest.mark.parametrize(
    ("title", "where", "part"),
    [
        ("AWS::EC2::VPC: replace", "network/Network", "cidr: 10.99"),
        ("AWS::SageMaker::Domain may be replaced", "studio/Domain", "cidr: 10.99"),
        ("May do more", "user alice", "persona: data_engineer"),
    ],
)
def test_finding_has_the_line_of_its_edit(
    title: str, where: str, part: str, found: EnvironmentReview, bench: Bench
) -> None:
    text = (bench.folder / "new" / "prod.yaml").read_text("utf-8")
    matching = [one for one in found.findings if title in one.title and where == one.where]

    assert matching
    assert places(found, matching) == {line(text, part)}


def test_edits_that_need_each_other_are_named_together(found: EnvironmentReview) -> None:
    gone = [one for one in found.findings if one.where == "lakehouse/CuratedLayer/Bucket"]

    # A line of the earlier file has a minus sign.
    assert places(found, gone) >= {f"-{line(PROD, 'name: curated')}"}


def test_every_change_has_a_cause(found: EnvironmentReview) -> None:
    without = [one.path for one in found.changes if not found.attribution.of_change(one)]

    assert len(found.changes) > 50
    assert without == []


def test_idle_time_causes_only_the_change_of_the_domain(found: EnvironmentReview) -> None:
    [edit] = [one for one in found.attribution.causes if "default_minutes" in one.text]
    paths = {one.path for one in found.changes if edit in found.attribution.of_change(one)}

    assert paths <= {"studio/Domain"} | {one for one in paths if one.startswith("studio/")}
    assert edit.text == "studio.idle_shutdown.default_minutes: 120 -> 240"


def test_decisions_are_in_the_words_of_the_settings(found: EnvironmentReview) -> None:
    comment = markdown(Report("main", False, [found]))

    assert "`network.cidr: 10.30.0.0/16 -> 10.99.0.0/16`" in comment
    assert "`studio.users[alice].persona: data_engineer (new)`" in comment
    first = next(row for row in comment.splitlines() if row.startswith("| 1 |"))
    assert "network.cidr" in first


def test_page_needs_nothing_from_elsewhere(found: EnvironmentReview) -> None:
    html = page(Report("main <b>", False, [found]))

    assert "<script" not in html
    assert "src=" not in html
    assert "<link" not in html
    assert "prefers-color-scheme: dark" in html
    assert "main &lt;b&gt;" in html


def test_code_is_the_cause_where_settings_are_not(bench: Bench) -> None:
    review = bench.compare(PROD, code=True)

    # Nothing changed, so nothing has a cause.
    assert (review.state, list(review.changes)) == ("same", [])


def test_renamed_layer_is_one_line(bench: Bench) -> None:
    text = PROD.replace("name: curated", "name: silver").replace("[raw, curated,", "[raw, silver,")

    review = bench.compare(text)

    [rename] = [one for one in review.renames if one.old == "CuratedLayer"]
    assert rename.new == "SilverLayer"
    assert len(rename.pairs) > 5
    comment = markdown(Report("main", False, [review]))
    alone = [
        row for row in comment.splitlines() if row.startswith(("- **create**", "- **delete**"))
    ]
    assert [row for row in alone if "SilverLayer" in row or "CuratedLayer" in row] == []
    assert "`lakehouse.layers[curated] is renamed to silver" in comment


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("a: {b: 1}", "a: {b: 2}", "a.b: 1 -> 2"),
        ("a: {b: 1}", "a: {b: 1, c: x}", "a.c: x (new)"),
        ("a: {b: 1, c: x}", "a: {b: 1}", "a.c is removed"),
        ("a: [x, y]", "a: [y, z]", "a: +z, -x"),
        ("a: [{name: x, n: 1}]", "a: [{name: x, n: 2}]", "a[x].n: 1 -> 2"),
        ("a: [{name: x, n: 1}]", "a: [{name: y, n: 1}]", "a[x] is renamed to y"),
        ("a: [{name: x}]", "a: [{name: x}, {name: y}]", "a[y] is added"),
        ("a: [{name: x}, {name: y}]", "a: [{name: y}]", "a[x] is removed"),
        ("a: [{name: x}, {name: y}]", "a: [{name: y}, {name: x}]", None),
        ("a: [{n: 1}]", "a: [{n: 2}]", "a[0].n: 1 -> 2"),
        ("a: 1", "a: '1'", "a: 1 -> 1"),
        ("a: true", "a: 1", "a: true -> 1"),
        ("a: null", "a: {}", "a: null -> {}"),
    ],
)
def test_edits(old: str, new: str, text: str | None) -> None:
    before, after = parse_document(old), parse_document(new)

    edits = edits_between(before, after, old_file="a.yaml", new_file="a.yaml")

    assert [one.text for one in edits] == ([] if text is None else [text])
    if text is not None:
        assert apply_edits(before.data, edits) == after.data


def test_huge_report_fits_into_a_comment() -> None:
    findings = [
        Finding(number % 3, f"Something {number} | happens", "`x` *y* @z " * 40, f"place {number}")
        for number in range(2_000)
    ]
    reviews = [EnvironmentReview(f"env-{number}", "changed", findings) for number in range(40)]

    comment = markdown(Report("main", False, reviews))

    assert len(comment) < 65_536
    assert len(comment.encode()) < 65_536
    assert comment.count("<details>") == comment.count("</details>")
    assert "Parts of this report are left out" in comment
    assert "### 🟥 env-39" in comment


def test_values_have_no_markup() -> None:
    finding = Finding(1, "It changes", "<img src=x> [a](b) @team | *", "x|y")

    comment = markdown(Report("main", False, [EnvironmentReview("dev", "changed", [finding])]))

    assert "<img" not in comment
    assert "@team" not in comment
    assert "[a](b)" not in comment
