"""Accounts that share a domain of Unified Studio, with one fault each, in one or two files."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, faults, write

HERE, THERE = "123456789012", "222222222222"
CENTER = """\
unified_studio:
  host:
    identity_center:
      instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
      region: eu-west-1
"""
HOST = f"""{CENTER}\
    accounts:
      member:
        account: "{THERE}"
        state: joined
    profiles:
      team:
        name: Team
        preset: sql_analytics
        account: member
"""
JOIN = f"""\
unified_studio:
  join:
    host: base
    account: "{HERE}"
    domain: dzd-0123456789abcd
    root_unit: 0123456789abcd
"""


def one(id: str, block: str, *, path: str, got: str | None, right: str) -> Bad:
    return Bad(id, BASE + block, f"unified_studio.{path}", got, right)


def joins(id: str, old: str, new: str, *, path: str, got: str | None, right: str) -> Bad:
    # The file itself is called base.
    block = JOIN.replace("host: base", "host: portal").replace(HERE, THERE)
    assert block.count(old) == 1
    block = block.replace(old, new)
    return one(id, block, path=path, got=got, right=right)


ALONE = [
    one(
        "accounts of a domain with IAM roles",
        f"""\
unified_studio:
  host:
    accounts: # HERE
      member: {{account: "{THERE}"}}
""",
        path="host.accounts",
        got='["member"]',
        right="must be only in a domain with sign-in by IAM Identity Center",
    ),
    one(
        "one account twice",
        f"""{CENTER}\
    accounts:
      member: {{account: "{THERE}"}}
      again:
        account: "{THERE}" # HERE
""",
        path="host.accounts.again.account",
        got=f'"{THERE}"',
        right="must be another account than that of member",
    ),
    one(
        "the own account",
        f"""{CENTER}\
    accounts:
      member:
        account: "{HERE}" # HERE
""",
        path="host.accounts.member.account",
        got=f'"{HERE}"',
        right="must be another account: this one has the domain",
    ),
    one(
        "the own name",
        f"""{CENTER}\
    accounts:
      base: # HERE
        account: "{THERE}"
""",
        path="host.accounts.base",
        got='"base"',
        right="must be another account: this one has the domain",
    ),
    one(
        "unknown account of a profile",
        HOST.replace("account: member", "account: membr # HERE"),
        path="host.profiles.team.account",
        got='"membr"',
        right="must be a key of host.accounts: member; did you mean member?",
    ),
    one(
        "profile of an account that is only invited",
        HOST.replace("state: joined", "state: invited").replace(
            "account: member", "account: member # HERE"
        ),
        path="host.profiles.team.account",
        got='"member"',
        right="must be an account that has joined",
    ),
    one(
        "state",
        HOST.replace("state: joined", "state: member # HERE"),
        path="host.accounts.member.state",
        got='"member"',
        right="must be one of invited, joined",
    ),
    one(
        "connections of a project in another account",
        HOST
        + """\
    projects:
      sales:
        name: Sales
        profile: team
        owners: [administrator]
        connections: # HERE
          lake: {athena: {layers: [raw]}}
""",
        path="host.projects.sales.connections",
        got='["lake"]',
        right="must be only for a project in the account of the domain: the project is in member",
    ),
    one(
        "host and join",
        JOIN.replace("  join:", "  join: # HERE") + CENTER.removeprefix("unified_studio:\n"),
        path="join",
        got=None,
        right="must not be together with host",
    ),
    joins(
        "join without a root unit",
        "    root_unit: 0123456789abcd\n",
        "",
        path="join.root_unit",
        got=None,
        right="must be given",
    ),
    joins(
        "name in place of the ID of the domain",
        "dzd-0123456789abcd",
        "portal # HERE",
        path="join.domain",
        got='"portal"',
        right="must be the ID of a domain, such as dzd-",
    ),
    joins(
        "joins the own account",
        f'account: "{THERE}"',
        f'account: "{HERE}" # HERE',
        path="join.account",
        got=f'"{HERE}"',
        right="must be an environment in another account",
    ),
    joins(
        "joins itself",
        "host: portal",
        "host: base # HERE",
        path="join.host",
        got='"base"',
        right="must be an environment in another account",
    ),
    joins(
        "unit without an ID",
        "    root_unit: 0123456789abcd\n",
        "    root_unit: 0123456789abcd\n    units: {research: abc}\n"
        "  blueprints:\n    - name: Tooling\n      units:\n        - reserch # HERE\n",
        path="blueprints[0].units[0]",
        got='"reserch"',
        right="must be a key of join.units; did you mean research?",
    ),
]


@pytest.mark.parametrize("bad", ALONE, ids=lambda bad: bad.id)
def test_faults_of_one_file(bad: Bad, tmp_path: Path) -> None:
    if "root unit" in bad.id:
        bad = Bad(bad.id, bad.text.replace("  join:", "  join: # HERE"), *_rest(bad))
    check(bad, tmp_path)


def _rest(bad: Bad) -> tuple[str, str | None, str]:
    return bad.path, bad.got, bad.right


def member(block: str = JOIN, *, region: str = "eu-west-1", account: str = THERE) -> str:
    text = BASE.replace("name: base", "name: member").replace("10.0.", "10.1.")
    return text.replace("eu-west-1", region).replace(HERE, account) + block


BETWEEN = {
    "another account than the member's": (
        HOST,
        member(account="333333333333"),
        "base.yaml",
        'accounts.member.account: got "222222222222"; must be 333333333333, the account of member',
    ),
    "another account than the host's": (
        HOST,
        member(JOIN.replace(HERE, "444444444444")),
        "member.yaml",
        'join.account: got "444444444444"; must be 123456789012, the account of base',
    ),
    "another region": (
        HOST,
        member(region="eu-central-1"),
        "base.yaml",
        "must be an environment in eu-west-1, the region of the domain: member is in eu-central-1",
    ),
    "joined before the member joins": (
        HOST,
        member(""),
        "base.yaml",
        "must be invited while member does not join",
    ),
    "joined by an account with a domain of its own": (
        HOST,
        member("unified_studio: {}\n"),
        "base.yaml",
        "must be invited while member does not join",
    ),
    "a blueprint that the member does not offer": (
        HOST,
        member(JOIN + "  blueprints: [Tooling, DataLake]\n"),
        "base.yaml",
        "must be an account that offers RedshiftServerless, LakehouseCatalog. Add it",
    ),
    "host without a domain": (
        "",
        member(),
        "member.yaml",
        "must be an environment with a domain of its own",
    ),
    "host that did not invite": (
        CENTER,
        member(),
        "member.yaml",
        "must be a domain that is shared with this account. Add member to",
    ),
    "a unit that the host does not have": (
        HOST,
        member(JOIN + "    units: {nowhere: abc}\n"),
        "member.yaml",
        'join.units.nowhere: got "nowhere"; must be the path of a unit of base: there is none',
    ),
    "another name of the host": (
        CENTER,
        member(JOIN.replace("host: base", "host: bas")),
        "member.yaml",
        'join.host: got "bas"; must be base, which has the domain of account 123456789012',
    ),
}


@pytest.mark.parametrize("case", BETWEEN)
def test_faults_between_two_files(case: str, tmp_path: Path) -> None:
    host, other, file, right = BETWEEN[case]
    [message] = faults(write(tmp_path, BASE + host), write(tmp_path, other, "member"))
    assert file in message
    assert right in message


def test_member_of_another_host(tmp_path: Path) -> None:
    """Two hosts cannot have one member: its roles and blueprints are of one domain."""
    second = (BASE + HOST).replace("name: base", "name: second").replace(HERE, "333333333333")
    [message] = faults(
        write(tmp_path, BASE + HOST),
        write(tmp_path, second.replace("10.0.", "10.2."), "second"),
        write(tmp_path, member(), "member"),
    )
    assert "second.yaml" in message
    assert "must be an environment that joins this domain: member joins base" in message


def test_one_environment_of_an_account_joins(tmp_path: Path) -> None:
    host = HOST.replace("      member:", "      again: {account: '333333333333'}\n      member:")
    again = member().replace("name: member", "name: twin").replace("10.1.", "10.3.")
    found = faults(
        write(tmp_path, BASE + host),
        write(tmp_path, member(), "member"),
        write(tmp_path, again, "twin"),
    )
    assert any("AWS defines these roles" in message for message in found)


def test_each_file_loads_alone_and_with_the_other(tmp_path: Path) -> None:
    """A deployment of one environment loads only its file."""
    host, other = write(tmp_path, BASE + HOST), write(tmp_path, member(), "member")
    for files in ([host], [other], [host, other]):
        assert len(load_environments(files=files)) == len(files)


def test_existing_key_of_a_host_is_a_warning(tmp_path: Path) -> None:
    key = f"arn:aws:kms:eu-west-1:{HERE}:key/01234567-0123-0123-0123-0123456789ab"
    file = write(tmp_path, f"{BASE}foundation:\n  key_arn: {key}\n{HOST}")
    [loaded] = load_environments(files=[file])
    found = [text for one in loaded.capabilities for text in one.warnings()]
    assert any("the services of blueprints use this key" in text for text in found)
