"""Data that another account shares: each side of it is needed, in both accounts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision, Outcome
from operations.access.matrix import studio_session
from operations.access.place import Place
from operations.access.world import World
from sagemaker_platform.synthesized_stack import SynthesizedStack
from tests.support import stacks_in, synthesized

HEADER = """\
name: {name}
account: "{account}"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network: {{cidr: 10.{number}.0.0/16, availability_zones: [eu-west-1a, eu-west-1b]}}
"""
PRODUCER = """\
lakehouse:
  layers:
    - name: curated
      tables:
        - name: orders
          columns:
            - {{name: id, type: long}}
            - {{name: country, type: string}}
            - {{name: email, type: string}}
        - name: prices
          columns: [{{name: article, type: string}}, {{name: price, type: double}}]
  permissions:
    mode: {mode}
    filters:
      - name: europe
        layer: curated
        table: orders
        rows: country = 'DE'
        excluded_columns: [email]
    consumers: {{reader: "333333333333"}}
    shares:
      - {{consumers: [reader], layer: curated, table: prices}}
      - {{consumers: [reader], filter: europe}}
"""
CONSUMER = """\
lakehouse:
  layers: [{name: own}]
  resource_links:
    - {name: governed, account: "111111111111", database: governed_curated}
    - {name: mixed, account: "222222222222", database: mixed_curated, hybrid: true}
    - {name: closed, account: "222222222222", database: mixed_other}
  permissions:
    grants:
      - {personas: [analyst], resource_link: governed, table: prices, columns: [article]}
      - {personas: [analyst], resource_link: governed, table: orders, filter: europe}
      - {personas: [engineer], resource_link: governed, table: orders}
      - {personas: [engineer], resource_link: governed, table: unshared}
      - {personas: [analyst], resource_link: mixed, table: prices}
      - {personas: [engineer], resource_link: closed}
personas:
  analyst: {activities: [query_lakehouse]}
  engineer: {activities: [query_lakehouse]}
"""


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> list[SynthesizedStack]:
    folder = tmp_path_factory.mktemp("sharing")
    files = {
        ("governed", "111111111111"): PRODUCER.format(mode="lake_formation"),
        ("mixed", "222222222222"): PRODUCER.format(mode="hybrid"),
        ("reader", "333333333333"): CONSUMER,
    }
    paths = []
    for number, ((name, account), text) in enumerate(files.items()):
        path = folder / f"{name}.yaml"
        path.write_text(HEADER.format(name=name, account=account, number=number) + text, "utf-8")
        paths.append(path)
    return stacks_in(synthesized(folder / "cdk", *paths))


Resource = dict[str, Any]


def without(stacks: list[SynthesizedStack], lost: Callable[[str, Resource], bool]) -> World:
    """Return a world without some resources, by environment and resource."""
    found = 0
    left = []
    for stack in stacks:
        template = json.loads(json.dumps(stack.template))
        for logical_id, resource in list(template["Resources"].items()):
            if lost(stack.environment, resource):
                del template["Resources"][logical_id]
                found += 1
        left.append(replace(stack, template=template))
    assert found
    return World.of(left)


def query(world: World, persona: str, table: str, *columns: str) -> Outcome:
    place = Place(world, world.environments["reader"], persona)
    session = studio_session(world.environments["reader"], persona, place)
    group = {"WorkGroup": place.values["workgroup"], "QueryString": "SELECT"}
    facts = {"reads": [table], "columns": list(columns)}
    return Authorizer(world).authorize(Call("athena", "StartQueryExecution", group, facts), session)


def is_grant(resource: Resource, **target: object) -> bool:
    given: Mapping[str, Any] = resource.get("Properties", {}).get("Target", {})
    return resource["Type"] == "Custom::DataGrant" and target.items() <= given.items()


ARTICLES = "reader_governed.prices"
LATER = Decision.FAILS_LATER


@pytest.mark.parametrize(
    ("persona", "table", "columns", "decision", "failed"),
    [
        ("Analyst", ARTICLES, [], Decision.ALLOWED, ""),
        ("Analyst", ARTICLES, ["article"], Decision.ALLOWED, ""),
        ("Analyst", ARTICLES, ["article", "price"], LATER, "governed_curated.prices.price"),
        ("Analyst", "reader_governed.orders", ["id", "country"], Decision.ALLOWED, ""),
        ("Analyst", "reader_governed.orders", ["email"], LATER, "governed_curated.orders.email"),
        ("Analyst", "governed_curated.prices", [], LATER, "database/governed_curated"),
        ("Engineer", ARTICLES, [], LATER, "table/reader_governed/prices"),
        # The owner shares a part of it only, or nothing: the consumer cannot grant it on.
        ("Engineer", "reader_governed.orders", [], LATER, "governed_curated.orders"),
        ("Engineer", "reader_governed.unshared", [], LATER, "governed_curated.unshared"),
        ("Analyst", "reader_mixed.prices", [], Decision.ALLOWED, ""),
    ],
)
def test_what_both_accounts_grant_is_read(
    stacks: list[SynthesizedStack],
    persona: str,
    table: str,
    columns: list[str],
    decision: Decision,
    failed: str,
) -> None:
    outcome = query(World.of(stacks), persona, table, *columns)

    assert outcome.decision is decision, outcome.failed
    assert failed in (outcome.failed.resource if outcome.failed else "")


@pytest.mark.parametrize(
    ("lost", "action"),
    [
        pytest.param(
            lambda place, one: (
                place == "governed"
                and one["Type"] == "Custom::DataGrant"
                and one["Properties"]["Principal"] == "333333333333"
            ),
            "Lake Formation SELECT",
            id="share",
        ),
        pytest.param(
            lambda place, one: place == "reader" and is_grant(one, Database="reader_governed"),
            "Lake Formation DESCRIBE",
            id="grant on the link",
        ),
        pytest.param(
            lambda place, one: (
                place == "reader"
                and is_grant(one, CatalogId="111111111111", Table="prices", Type="Columns")
            ),
            "Lake Formation SELECT",
            id="grant on the target",
        ),
        pytest.param(
            lambda place, one: (
                place == "reader"
                and one["Type"] == "AWS::IAM::ManagedPolicy"
                and "Analyst" in json.dumps(one["Properties"].get("Roles"))
            ),
            "athena:StartQueryExecution",
            id="policy",
        ),
    ],
)
def test_each_side_is_needed(
    stacks: list[SynthesizedStack], lost: Callable[[str, Resource], bool], action: str
) -> None:
    outcome = query(without(stacks, lost), "Analyst", ARTICLES, "article")

    assert outcome.failed is not None
    assert outcome.failed.action == action


def test_hybrid_mode_of_the_owner_takes_an_opt_in(stacks: list[SynthesizedStack]) -> None:
    def opted_in(place: str, resource: Resource) -> bool:
        found = is_grant(resource, CatalogId="222222222222", Table="prices")
        if found:
            assert resource["Properties"]["OptIn"] == "true"
        return place == "reader" and found

    world = World.of(stacks)
    assert query(world, "Analyst", "reader_mixed.prices").decision is Decision.ALLOWED

    outcome = query(without(stacks, opted_in), "Analyst", "reader_mixed.prices")

    # Without the opt-in IAM decides, and no role of this account reads the bucket of the other.
    assert outcome.failed is not None
    assert outcome.failed.action == "s3:GetObject"


def test_owner_that_no_template_has_is_undecided(stacks: list[SynthesizedStack]) -> None:
    world = World.of([one for one in stacks if one.environment == "reader"])

    assert query(world, "Analyst", ARTICLES).decision is Decision.UNDECIDED
