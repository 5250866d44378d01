"""Catalogs of Unified Studio with one fault each."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, Bad, check

PROJECTS = """\
unified_studio:
  host:
    units:
      sales: {name: Sales, units: {east: {name: East}}}
      other: {name: Other}
    projects:
      owner: {name: Owner, profile: default, owners: [administrator]}
      orders:
        name: Orders
        profile: default
        unit: sales
        owners: [administrator]
        connections: {catalog: {lakehouse: {}}}
        data_sources:
          curated:
            layer: curated
SOURCE
    catalog:
      project: owner
"""
LAKE = "lakehouse: {}\n"
AT = "unified_studio.host.catalog"
FORM = """
forms:
  stewardship:
    name: Stewardship
    fields:
      steward: {name: Steward, required: true}
      days: {name: Days, type: integer}
      subject: {name: Subject, type: term, glossary: words}
glossaries:
  words:
    name: Words
    terms:
      customer: {name: Customer}
      old: {name: Old, enabled: false}
"""


def bad(
    id: str,
    lines: str,
    *,
    path: str,
    got: str | None,
    right: str,
    source: str = "",
    base: str = BASE + LAKE,
    at: str = AT,
) -> Bad:
    """Add lines to the catalog, and to the data source."""
    block = PROJECTS.replace("SOURCE\n", indent(dedent(source).lstrip("\n"), " " * 12))
    return Bad(
        id, f"{base}{block}{indent(dedent(lines).strip(), ' ' * 6)}\n", at + path, got, right
    )


def terms(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """A glossary with some terms."""
    head = "glossaries:\n  words:\n    name: Words\n    terms:\n"
    text = head + indent(dedent(lines).strip(), " " * 6)
    return bad(id, text, path=f".glossaries.words{path}", got=got, right=right)


def rule(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """A rule, with a form and a glossary."""
    text = f"{FORM.strip()}\nrules:\n  one: {lines}"
    return bad(id, text, path=f".rules.one{path}", got=got, right=right)


def values(id: str, lines: str, *, path: str, got: str | None, right: str, add: str = "") -> Bad:
    """A data source with a form."""
    return bad(
        id,
        FORM.strip() + add,
        source="forms:\n" + indent(dedent(lines).strip(), "  ") + "\n",
        at="unified_studio.host.projects.orders.data_sources.curated.forms",
        path=path,
        got=got,
        right=right,
    )


CASES = [
    bad(
        "project of the catalog that is not in the file",
        "",
        path=".project",
        got='"governance"',
        right="must be a key of host.projects: owner, orders",
    ),
    bad(
        "owner of a glossary that is not in the file",
        """
        glossaries:
          words:
            name: Words
            project: ownr # HERE
            terms: {a: {name: A}}
        """,
        path=".glossaries.words.project",
        got='"ownr"',
        right="did you mean owner?",
    ),
    bad(
        "two glossaries of one name",
        """
        glossaries:
          one: {name: Words, terms: {a: {name: A}}}
          two: {name: Words, terms: {a: {name: A}}} # HERE
        """,
        path=".glossaries.two.name",
        got='"Words"',
        right="must be another name than that of one",
    ),
    bad(
        "glossary without terms",
        """
        glossaries:
          one: {name: Words, terms: {}} # HERE
        """,
        path=".glossaries.one.terms",
        got="{}",
        right="must",
    ),
    bad(
        "glossary that one call cannot carry",
        "glossaries:\n  one:\n    name: Words\n    terms: # HERE\n"
        + "".join(
            f"      t{n}: {{name: T{n}, long_description: {'x' * 4000}}}\n" for n in range(30)
        ),
        path=".glossaries.one.terms",
        got='"12',
        right="must be at most 100,000 characters together with the terms",
    ),
    terms(
        "two terms of one name",
        """
        a: {name: A}
        b: {name: A} # HERE
        """,
        path=".terms.b.name",
        got='"A"',
        right="AWS refuses a second term of one name",
    ),
    terms(
        "term that is not there",
        """
        customer: {name: A}
        b: {name: B, is_a: [custmer]} # HERE
        """,
        path=".terms.b.is_a[0]",
        got='"custmer"',
        right="must be the key of another term of this glossary: customer; did you mean customer?",
    ),
    terms(
        "term that is wider than itself",
        """
        a: {name: A, is_a: [b]} # HERE
        b: {name: B, is_a: [c]}
        c: {name: C, classifies: [b], is_a: [a]}
        """,
        path=".terms.a",
        got='"a"',
        right="must not be wider than itself",
    ),
    terms(
        "term with eleven relations",
        "\n".join(
            [
                *(f"t{n}: {{name: T{n}}}" for n in range(11)),
                f"last: {{name: L, is_a: [{', '.join(f't{n}' for n in range(11))}]}} # HERE",
            ]
        ),
        path=".terms.last.is_a",
        got='["t0"',
        right="must",
    ),
    terms(
        "short description of more than 1,024 characters",
        f"a: {{name: A, short_description: {'x' * 1025}}} # HERE",
        path=".terms.a.short_description",
        got='"xxx',
        right="must",
    ),
    bad(
        "form without fields",
        "forms: {one: {name: One, fields: {}}} # HERE",
        path=".forms.one.fields",
        got="{}",
        right="must",
    ),
    bad(
        "field of an unknown type",
        "forms: {one: {name: One, fields: {a: {name: A, type: date}}}} # HERE",
        path=".forms.one.fields.a.type",
        got='"date"',
        right="must be",
    ),
    bad(
        "field with terms of no glossary",
        "forms: {one: {name: One, fields: {a: {name: A, type: term}}}} # HERE",
        path=".forms.one.fields.a.type",
        got='"term"',
        right="must come with glossary",
    ),
    bad(
        "field with terms of a glossary that is not there",
        "forms: {one: {name: One, fields: {a: {name: A, type: term, glossary: b}}}} # HERE",
        path=".forms.one.fields.a.glossary",
        got='"b"',
        right="must be a key of glossaries: there is none",
    ),
    bad(
        "text field with a glossary",
        "forms: {one: {name: One, fields: {a: {name: A, glossary: b}}}} # HERE",
        path=".forms.one.fields.a.glossary",
        got='"b"',
        right="must be only with the type term",
    ),
    bad(
        "field with terms of a disabled glossary",
        """
        glossaries: {words: {name: Words, enabled: false, terms: {a: {name: A}}}}
        forms: {one: {name: One, fields: {a: {name: A, type: term, glossary: words}}}} # HERE
        """,
        path=".forms.one.fields.a.glossary",
        got='"words"',
        right="must not be disabled",
    ),
    bad(
        "form that data classes have",
        "forms: {data_class: {name: One, fields: {a: {name: A}}}} # HERE",
        path=".forms.data_class",
        got='"data_class"',
        right="the platform adds this one",
        base=f"{BASE}{LAKE}data_classes: {{}}\n",
    ),
    rule(
        "rule that demands nothing",
        "{name: One, before: publishing} # HERE",
        path="",
        got='{"name": "One", "before": "publishing"}',
        right="must have either forms or terms",
    ),
    rule(
        "rule that demands both",
        "{name: One, before: publishing, forms: [stewardship], terms: [words/customer]} # HERE",
        path="",
        got='{"name": "One"',
        right="must have either forms or terms",
    ),
    rule(
        "terms of a request",
        "{name: One, before: subscribing, terms: [words/customer]} # HERE",
        path=".terms",
        got='["words/customer"]',
        right="must be only before publishing",
    ),
    rule(
        "form that is not there",
        "{name: One, before: publishing, forms: [stewardshp]} # HERE",
        path=".forms[0]",
        got='"stewardshp"',
        right="must be a key of forms: stewardship; did you mean stewardship?",
    ),
    rule(
        "disabled term",
        "{name: One, before: publishing, terms: [words/old]} # HERE",
        path=".terms[0]",
        got='"words/old"',
        right="must not be disabled",
    ),
    rule(
        "term without its glossary",
        "{name: One, before: publishing, terms: [customer]} # HERE",
        path=".terms[0]",
        got='"customer"',
        right="must be the key of a glossary and the key of a term, such as business/customer",
    ),
    rule(
        "six forms",
        "{name: One, before: publishing, forms: [a, b, c, d, e, f]} # HERE",
        path=".forms",
        got='["a"',
        right="must",
    ),
    rule(
        "one form twice",
        "{name: One, before: publishing, forms: [stewardship, stewardship]} # HERE",
        path=".forms[1]",
        got='"stewardship"',
        right="must be there once",
    ),
    rule(
        "unit that is not there",
        "{name: One, before: publishing, forms: [stewardship], unit: sale} # HERE",
        path=".unit",
        got='"sale"',
        right="must be the path of a unit: sales, sales/east, other",
    ),
    rule(
        "project of another unit",
        "{name: One, before: publishing, forms: [stewardship], unit: sales, projects: [owner]}"
        " # HERE",
        path=".projects[0]",
        got='"owner"',
        right="must be a key of host.projects in the unit sales: orders",
    ),
    rule(
        "unknown type of assets",
        "{name: One, before: publishing, forms: [stewardship], asset_types: [table]} # HERE",
        path=".asset_types[0]",
        got='"table"',
        right="must be a type of assets: glue_table, glue_view",
    ),
    rule(
        "name with a character that AWS refuses",
        "{name: 'One: two', before: publishing, forms: [stewardship]} # HERE",
        path=".name",
        got='"One: two"',
        right="must be up to 256 letters, digits, spaces, _ and -",
    ),
    rule(
        "event that has no rules",
        "{name: One, before: importing, forms: [stewardship]} # HERE",
        path=".before",
        got='"importing"',
        right="must be",
    ),
    bad(
        "one form demanded twice in a branch of units",
        f"{FORM.strip()}\n"
        "rules:\n"
        "  one: {name: One, before: publishing, unit: sales/east, forms: [stewardship]}\n"
        "  two: {name: Two, before: publishing, unit: sales, forms: [stewardship]} # HERE\n",
        path=".rules.two.forms[0]",
        got='"stewardship"',
        right="must not be demanded twice: the rule one demands it before publishing",
    ),
    values(
        "values of a form that is not there",
        "steward: {steward: x} # HERE",
        path=".steward",
        got='"steward"',
        right="must be a key of catalog.forms: stewardship",
    ),
    values(
        "values of a field that is not there",
        "stewardship: {steward: x, day: 3} # HERE",
        path=".stewardship.day",
        got='"day"',
        right="must be a field of the form stewardship: steward, days, subject",
    ),
    values(
        "values without a required field",
        "stewardship: {days: 3} # HERE",
        path=".stewardship",
        got=None,
        right="must have the fields that the form requires. Add steward",
    ),
    values(
        "text in place of a number",
        "stewardship: {steward: x, days: many} # HERE",
        path=".stewardship.days",
        got='"many"',
        right="must be a whole number",
    ),
    values(
        "term that is not there",
        "stewardship: {steward: x, subject: client} # HERE",
        path=".stewardship.subject",
        got='"client"',
        right="must be a term of the glossary words: customer, old",
    ),
    values(
        "term that is disabled",
        "stewardship: {steward: x, subject: old} # HERE",
        path=".stewardship.subject",
        got='"old"',
        right="must not be disabled",
    ),
]


def _text(case: Bad) -> Bad:
    """Return the case whose project of the catalog is at fault."""
    if case.path != f"{AT}.project":
        return case
    return Bad(
        case.id,
        case.text.replace("project: owner", "project: governance # HERE"),
        case.path,
        case.got,
        case.right,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_fault_is_named(case: Bad, tmp_path: Path) -> None:
    check(_text(case), tmp_path)


def test_forms_need_a_catalog(tmp_path: Path) -> None:
    text = f"{BASE}{LAKE}{PROJECTS.partition('    catalog:')[0]}"
    forms = "            forms: {a: {b: c}} # HERE\n"
    check(
        Bad(
            "forms without a catalog",
            text.replace("SOURCE\n", forms),
            "unified_studio.host.projects.orders.data_sources.curated.forms",
            None,
            "must not be given without unified_studio.host.catalog",
        ),
        tmp_path,
    )


def test_the_class_comes_from_the_layer(tmp_path: Path) -> None:
    lake = "data_classes: {}\nlakehouse: {layers: [{name: curated, data_class: internal}]}\n"
    forms = "            forms: {data_class: {data_class: public}} # HERE\n"
    check(
        Bad(
            "class of a data source",
            f"{BASE}{lake}{PROJECTS.replace(f'SOURCE{chr(10)}', forms)}",
            "unified_studio.host.projects.orders.data_sources.curated.forms.data_class",
            None,
            "must not be given, because the layer has a data_class",
        ),
        tmp_path,
    )
