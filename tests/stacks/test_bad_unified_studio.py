"""Settings of Unified Studio with one fault each."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, Bad, check, faults, write

GROUP = "1234567890-aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
CENTER = """\
identity_center:
  instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
  region: eu-west-1
"""


def host(id: str, lines: str, *, path: str, got: str | None, right: str, more: str = "") -> Bad:
    """Add a block `unified_studio.host`, and further blocks."""
    block = indent(dedent(lines).strip() + "\n", "    ")
    text = f"{BASE}{more}unified_studio:\n  host:\n{block}"
    return Bad(id, text, f"unified_studio.host{path}", got, right)


def center(id: str, lines: str, *, path: str, got: str | None, right: str, more: str = "") -> Bad:
    """The same, with sign-in by IAM Identity Center."""
    return host(id, CENTER + dedent(lines).strip(), path=path, got=got, right=right, more=more)


CASES = [
    host(
        "instance in another region",
        CENTER.replace("region: eu-west-1", "region: eu-central-1 # HERE"),
        path=".identity_center.region",
        got='"eu-central-1"',
        right="must be eu-west-1, the region of the environment",
    ),
    host(
        "instance without a region",
        """
        identity_center: # HERE
          instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
        """,
        path=".identity_center.region",
        got=None,
        right="must be given",
    ),
    host(
        "group in a domain with IAM roles",
        f"""
        owners:
          - group: {GROUP} # HERE
        """,
        path=".owners[0].group",
        got=f'"{GROUP}"',
        right="must be a persona or a role: people sign in to this domain with IAM roles",
    ),
    host(
        "user of a unit in a domain with IAM roles",
        f"""
        units:
          a:
            name: A
            units:
              b:
                name: B
                owners:
                  - user: {GROUP} # HERE
        """,
        path=".units.a.units.b.owners[0].user",
        got=f'"{GROUP}"',
        right="must be a persona or a role",
    ),
    host(
        "user with automatic assignment",
        f"""
        identity_center:
          instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
          region: eu-west-1
          assignment: automatic
        owners:
          - user: {GROUP} # HERE
        """,
        path=".owners[0].user",
        got=f'"{GROUP}"',
        right="must not be a user while assignment is automatic",
    ),
    host(
        "two kinds of owner",
        """
        owners:
          - persona: administrator # HERE
            role: arn:aws:iam::123456789012:role/admin
        """,
        path=".owners[0]",
        got="{",
        right="must have exactly one of persona, role, group, user",
    ),
    host(
        "no owner",
        "owners: [] # HERE",
        path=".owners",
        got="[]",
        right="must have at least 1",
    ),
    host(
        "unknown persona",
        "owners: [data_scientst] # HERE",
        path=".owners[0]",
        got='"data_scientst"',
        right="did you mean data_scientist?",
    ),
    host(
        "persona without the activity",
        "owners: [analyst] # HERE",
        path=".owners[0]",
        got='"analyst"',
        right="must be a persona with the activity use_unified_studio",
        more="personas:\n  analyst:\n    activities: [run_studio_apps]\n",
    ),
    host(
        "unit without a name",
        "units:\n  a: {} # HERE",
        path=".units.a.name",
        got=None,
        right="must be given",
    ),
    host(
        "name of a unit",
        "units:\n  a:\n    name: a/b # HERE",
        path=".units.a.name",
        got='"a/b"',
        right="must be up to 128 letters from A to Z, digits, spaces",
    ),
    host(
        "key of a unit",
        "units:\n  Research: # HERE\n    name: Research",
        path=".units.Research",
        got='"Research"',
        right="must start with a lower-case letter",
    ),
    center(
        "name in place of an ID",
        "owners:\n  - group: engineers # HERE",
        path=".owners[0].group",
        got='"engineers"',
        right="must be an ID in the identity store",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_faults_name_place_value_and_rule(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_region_without_unified_studio(tmp_path: Path) -> None:
    text = BASE.replace("eu-west-1", "eu-south-2") + "unified_studio: {}\n"
    [message] = faults(write(tmp_path, text))
    assert "unified_studio: " in message
    assert "does not support in eu-south-2" in message


def test_activity_needs_the_block(tmp_path: Path) -> None:
    text = BASE + "personas:\n  analyst:\n    activities: [use_unified_studio]\n"
    [message] = faults(write(tmp_path, text))
    assert "requires a `unified_studio` block; add one to this environment" in message


def test_one_iam_domain_in_a_region_of_an_account(tmp_path: Path) -> None:
    one = write(tmp_path, BASE.replace("base", "one") + "unified_studio: {}\n", "one")
    text = BASE.replace("base", "two").replace("10.0.", "10.1.") + "unified_studio: {}\n"
    roles, domain = faults(one, write(tmp_path, text, "two"))
    assert "AWS defines these roles" in roles
    assert "AWS allows one in a region of an account" in domain
