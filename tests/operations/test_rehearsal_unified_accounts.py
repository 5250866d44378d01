"""A domain of Unified Studio with another account: invited, joined, used, and left again."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly
from operations.rehearsal import report
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.rehearsal import Rehearsal

HOST, MEMBER = "121212121212", "343434343434"
COMMON = """\
name: {name}
account: "{account}"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
removal_policy: destroy
network:
  cidr: {cidr}
  availability_zones: [eu-west-1a, eu-west-1b]
  nat_gateways: one
  interface_endpoints: none
"""
PORTAL = (
    COMMON.format(name="portal", account=HOST, cidr="10.0.0.0/16")
    + f"""\
personas:
  data_engineer: {{}}
unified_studio:
  host:
    identity_center:
      instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
      region: eu-west-1
    owners: [data_engineer]
    units:
      sales: {{name: Sales}}
    accounts:
      team: {{account: "{MEMBER}", state: invited}}
"""
)
JOINED = (
    PORTAL.replace("invited", "joined")
    + """\
    profiles:
      team: {name: Team, preset: sql_analytics, account: team}
    projects:
      sales: {name: Sales, profile: team, owners: [data_engineer]}
"""
)
JOIN = f'join: {{host: portal, account: "{HOST}", domain: dzd-0123456789abcd, root_unit: one}}'
TEAM = (
    COMMON.format(name="team", account=MEMBER, cidr="10.1.0.0/16")
    + """\
unified_studio:
  {join}
"""
)
LAKEHOUSE = """\
lakehouse:
  removal_policy: destroy
  permissions: {}
"""
SUBSCRIBER = f"arn:aws:iam::{MEMBER}:role/datazone_usr_role_sales_x"


def resources(rehearsal: Rehearsal, assembly: Assembly, noun: str) -> list[dict[str, Any]]:
    found = report.resources_of(assembly.stages, rehearsal.emulator.resources())
    return [one for one in found if one["kind"] == f"AWS::DataZone::{noun}"]


@pytest.fixture(scope="module")
def make(synthesize_ours: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Assembly]:
    folder: Path = tmp_path_factory.mktemp("settings")

    def assembly(name: str, text: str) -> Assembly:
        file = folder / f"{name}.yaml"
        file.write_text(text, "utf-8")
        made: Assembly = synthesize_ours(file)
        return made

    return assembly


def subscribed(client: Any) -> dict[str, set[str]]:
    """Return what a project has in Lake Formation of its account, by account of the data."""
    found = client("lakeformation", MEMBER).list_permissions(
        Principal={"DataLakePrincipalIdentifier": SUBSCRIBER}
    )["PrincipalResourcePermissions"]
    return {
        target["CatalogId"]: set(one["Permissions"])
        for one in found
        for target in one["Resource"].values()
    }


def output(client: Any, name: str) -> str:
    """Return an output of the stack of the domain."""
    stacks = client("cloudformation", HOST).describe_stacks(StackName="portal-unified-studio")
    found = {one["OutputKey"]: one["OutputValue"] for one in stacks["Stacks"][0]["Outputs"]}
    return str(found[name])


def test_life_of_an_account(
    rehearsal: Rehearsal, make: Callable[..., Assembly], client: Any
) -> None:
    early = make("team", TEAM.format(join=JOIN))
    portal = make("portal", PORTAL)
    rehearsal.bootstrap([*portal.targets, *early.targets])
    # The host comes first: its domain must exist, and be shared.
    with pytest.raises(RehearsalError, match="The domain was not found"):
        rehearsal.deploy(early)
    rehearsal.destroy(early)

    rehearsal.deploy(portal)
    [domain] = resources(rehearsal, portal, "Domain")
    [unit] = resources(rehearsal, portal, "DomainUnit")
    # The host prints the block of other accounts.
    join = output(client, "Join")
    root_unit = domain["attributes"]["RootDomainUnitId"]
    assert join == (
        f'join: {{host: portal, account: "{HOST}", domain: {domain["physical_id"]}, '
        f"root_unit: {root_unit}, units: {{sales: {unit['attributes']['Id']}}}}}"
    )
    team = make("team", TEAM.format(join=join))
    rehearsal.deploy(team)
    offered = resources(rehearsal, team, "EnvironmentBlueprintConfiguration")
    assert len(offered) == 4

    # Projects of the profile are in the account of the team.
    joined = make("portal", JOINED)
    rehearsal.deploy(joined)
    assert len(resources(rehearsal, joined, "Project")) == 1

    # An approved subscription: the domain grants the table of the other account, and the link to
    # it, to the project. A lakehouse that the account gets later leaves both.
    lake = client("lakeformation", MEMBER)
    for target, rights in (
        ({"Table": {"CatalogId": HOST, "DatabaseName": "sold", "Name": "orders"}}, ["SELECT"]),
        ({"Database": {"CatalogId": MEMBER, "Name": "sales_sub_db"}}, ["DESCRIBE"]),
    ):
        lake.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": SUBSCRIBER},
            Resource=target,
            Permissions=rights,
        )
    granted = {HOST: {"SELECT"}, MEMBER: {"DESCRIBE"}}
    assert subscribed(client) == granted
    team = make("team", TEAM.format(join=join) + LAKEHOUSE)
    rehearsal.deploy(team)
    assert subscribed(client) == granted

    # An account stays while projects are in it.
    with pytest.raises(RehearsalError, match="Environments use the blueprint: Sales"):
        rehearsal.destroy(team)

    rehearsal.deploy(make("portal", PORTAL))
    assert not resources(rehearsal, joined, "Project")
    # Amazon DataZone deletes the environments of a project after the resource is gone: in the
    # emulator, for three seconds.
    time.sleep(4)
    rehearsal.destroy(team)
    assert not resources(rehearsal, team, "EnvironmentBlueprintConfiguration")
    rehearsal.destroy(portal)
    assert not resources(rehearsal, portal, "Domain")
