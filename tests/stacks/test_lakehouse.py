"""Lakehouses as people write them: settings in, templates out."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.bad_settings import BASE, write
from tests.support import dependencies, stack, synthesized

THREE_ZONES = BASE.replace("eu-west-1b]", "eu-west-1b, eu-west-1c]")
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:crm-a1B2c3"


def made(folder: Path, text: str) -> Path:
    """Return the assembly of an environment."""
    return synthesized(folder / "out", write(folder, THREE_ZONES + dedent(text)))


def resources(assembly: Path, name: str) -> dict[str, Any]:
    return stack(assembly, f"base/{name}").resources()


def of_type(found: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (resource for resource in found.values() if resource["Type"] == kind)


@pytest.mark.parametrize(
    ("permissions", "new_tables"),
    [
        ("{close_account_defaults: false}", []),
        ("{}", []),
        (
            "{mode: hybrid}",
            [
                {
                    "Permissions": ["ALL"],
                    "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                }
            ],
        ),
    ],
)
def test_a_database_says_itself_who_uses_new_tables(
    tmp_path: Path, permissions: str, new_tables: list[Any]
) -> None:
    """Otherwise it keeps what the account's default was when it was made."""
    found = resources(made(tmp_path, f"lakehouse: {{permissions: {permissions}}}\n"), "lakehouse")
    for database in of_type(found, "AWS::Glue::Database"):
        given = database["Properties"]["DatabaseInput"]["CreateTableDefaultPermissions"]
        assert given == new_tables


def test_a_hybrid_database_is_open_to_iam_in_any_account(tmp_path: Path) -> None:
    found = resources(made(tmp_path, "lakehouse: {permissions: {mode: hybrid}}\n"), "lakehouse")
    opened = [
        grant
        for grant in of_type(found, "Custom::DataGrant")
        if grant["Properties"]["Principal"] == "IAM_ALLOWED_PRINCIPALS"
    ]
    assert {one["Properties"]["Target"]["Database"] for one in opened} == {
        "base_raw", "base_curated", "base_analytics"
    }  # fmt: skip
    assert {one["DeletionPolicy"] for one in opened} == {"Retain"}


def test_whoever_deploys_may_make_and_delete_databases(tmp_path: Path) -> None:
    """In an account that no longer lets everybody do so."""
    text = "lakehouse: {layers: [{name: raw}], permissions: {}}\n"
    found = resources(made(tmp_path, text), "lakehouse")
    [database] = of_type(found, "AWS::Glue::Database")
    before = [found[one]["Properties"] for one in database["DependsOn"]]
    assert ["CREATE_DATABASE"] in [one.get("Permissions") for one in before]
    [drops] = [
        grant
        for grant in of_type(found, "Custom::DataGrant")
        if "DROP" in grant["Properties"]["Permissions"]
        if grant["Properties"]["Target"]["Type"] == "Database"
    ]
    assert drops["DeletionPolicy"] == "Retain"


def test_tags_whose_words_join_to_the_same_whole(tmp_path: Path) -> None:
    text = "lakehouse: {permissions: {tags: {data: [owner-x], data-owner: [x]}}}\n"
    found = resources(made(tmp_path, text), "lakehouse")
    values = {
        (one["Properties"]["Key"], one["Properties"]["Value"])
        for one in of_type(found, "Custom::LakeFormationTagValue")
    }
    assert {("base-data", "owner-x"), ("base-data-owner", "x")} <= values


def test_catalogs_come_after_the_right_to_make_them(tmp_path: Path) -> None:
    """Neither stack refers to anything of the lakehouse here."""
    assembly = made(
        tmp_path,
        """
        lakehouse: {permissions: {}}
        warehouse: {catalog: {}}
        sources:
          connections: [{name: carts, type: DYNAMODB, tables: [carts]}]
        """,
    )
    for name in ("warehouse", "sources"):
        assert "base/lakehouse" in dependencies(assembly, f"base/{name}")


def test_integrations_of_one_application_share_its_role(tmp_path: Path) -> None:
    """Glue keeps one for each connection, and refuses a second."""
    found = resources(
        made(
            tmp_path,
            f"""
            lakehouse: {{}}
            warehouse: {{case_sensitive_identifiers: true}}
            sources:
              applications:
                - name: crm
                  type: SALESFORCE
                  instance_url: https://example.my.salesforce.com
                  token_url: https://example.my.salesforce.com/token
                  client_id: abc
                  secret_arn: {SECRET}
              zero_etl:
                - {{name: one, application: crm, target: warehouse}}
                - {{name: two, application: crm, target: layer, layer: raw}}
            """,
        ),
        "sources",
    )
    sources = {
        key
        for key, one in found.items()
        if "SourceProcessingProperties" in one.get("Properties", {})
    }
    assert len(sources) == 1
    for integration in of_type(found, "AWS::Glue::Integration"):
        assert sources <= set(integration["DependsOn"])


def test_workgroups_are_in_the_own_policy_of_a_persona(tmp_path: Path) -> None:
    found = resources(
        made(
            tmp_path,
            """
            lakehouse:
              query:
                workgroups:
                  - {name: one, personas: [data_scientist]}
                  - {name: two, personas: [data_scientist], results: managed}
            warehouse: {}
            partner_apps: [{type: comet, tier: small, admin_users: [ada]}]
            studio: {canvas: {}}
            personas: {data_scientist: {}}
            """,
        ),
        "access",
    )
    [role_id] = [key for key, one in found.items() if one["Type"] == "AWS::IAM::Role"]
    own = [
        policy
        for policy in of_type(found, "AWS::IAM::ManagedPolicy")
        if {"Ref": role_id} in policy["Properties"].get("Roles", [])
    ]
    names = ("data_scientist", "one", "two")
    assert all(f"workgroup/base-{name}" in json.dumps(own) for name in names)


def test_files_are_for_personas_that_write_everything_in_a_layer(tmp_path: Path) -> None:
    """Files know no tables and columns, and Lake Formation does not stop calls of Amazon S3."""
    assembly = made(
        tmp_path,
        """
        lakehouse:
          layers:
            - name: raw
            - name: curated
              tags: {domain: sales}
              tables:
                - name: orders
                  columns:
                    - {name: id, type: long}
                    - {name: email, type: string, tags: {domain: hr}}
          permissions:
            tags: {domain: [sales, hr]}
            grants:
              - {personas: [by_layer], layer: curated, access: write}
              - {personas: [by_tag], tags: {layer: [raw, curated]}, access: write}
              - {personas: [of_sales], tags: {domain: [sales]}, access: write}
              - {personas: [of_table], layer: curated, table: orders, access: write}
              - {personas: [reader], layer: curated}
        personas:
          by_layer: &engineer {activities: [query_lakehouse, write_lakehouse]}
          by_tag: *engineer
          of_sales: *engineer
          of_table: *engineer
          reader: {activities: [query_lakehouse]}
        """,
    )
    found = resources(assembly, "access")
    names = {
        key: tag["Value"]
        for key, one in found.items()
        if one["Type"] == "AWS::IAM::Role"
        for tag in one["Properties"]["Tags"]
        if tag["Key"] == "persona"
    }
    files = {name: set[str]() for name in names.values()}
    for policy in of_type(found, "AWS::IAM::ManagedPolicy"):
        for role in policy["Properties"].get("Roles", []):
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                if "s3:DeleteObject" in statement["Action"]:
                    text = json.dumps(statement["Resource"])
                    files[names[role["Ref"]]] |= {
                        layer for layer in ("Raw", "Curated") if f"{layer}Layer" in text
                    }
    assert files == {
        "ByLayer": {"Curated"},
        "ByTag": {"Curated", "Raw"},
        "OfSales": set(),
        "OfTable": set(),
        "Reader": set(),
    }


def test_rights_of_spark_in_glue_follow_the_grants(tmp_path: Path) -> None:
    found = resources(
        made(
            tmp_path,
            """
            lakehouse:
              layers:
                - name: raw
                - name: curated
                - name: analytics
              permissions:
                grants:
                  - {personas: [data_engineer], layer: raw, access: write}
                  - {personas: [data_engineer], layer: curated}
              query: {workgroups: [{name: spark, personas: [data_engineer], engine: spark}]}
            personas: {data_engineer: {}}
            """,
        ),
        "lakehouse",
    )
    [policy] = [
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in of_type(found, "AWS::IAM::ManagedPolicy")
        if one["Properties"]["Description"] == "Spark sessions in Athena"
    ]
    reached = {
        (layer, action)
        for layer in ("raw", "curated", "analytics")
        for action in ("glue:GetTable", "glue:UpdateTable")
        for statement in policy
        if action in statement["Action"] and f"table/base_{layer}" in json.dumps(statement)
    }
    assert reached == {
        ("raw", "glue:GetTable"),
        ("raw", "glue:UpdateTable"),
        ("curated", "glue:GetTable"),
    }


def test_glue_jobs_run_with_the_role_of_their_persona(tmp_path: Path) -> None:
    found = resources(
        made(
            tmp_path,
            """
            lakehouse: {}
            personas:
              loader: {activities: [query_lakehouse, write_lakehouse, run_glue_jobs]}
              reader: {activities: [query_lakehouse]}
            """,
        ),
        "access",
    )
    roles = {
        tag["Value"]: (key, json.dumps(one["Properties"]["AssumeRolePolicyDocument"]))
        for key, one in found.items()
        if one["Type"] == "AWS::IAM::Role"
        for tag in one["Properties"]["Tags"]
        if tag["Key"] == "persona"
    }
    assert "glue.amazonaws.com" in roles["Loader"][1]
    assert "glue.amazonaws.com" not in roles["Reader"][1]
    passed = [
        (statement["Resource"], statement["Condition"])
        for policy in of_type(found, "AWS::IAM::ManagedPolicy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "iam:PassRole"
    ]
    own = {"Fn::GetAtt": [roles["Loader"][0], "Arn"]}
    assert passed == [(own, {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}})]
    [connection] = of_type(found, "AWS::Glue::Connection")
    assert connection["Properties"]["ConnectionInput"]["Name"] == "base-glue_jobs"


def test_query_alarms_count_queries_of_personas(tmp_path: Path) -> None:
    found = resources(
        made(
            tmp_path,
            """
            lakehouse: {}
            sources: {ingestion: [{name: partner, accounts: ["222222222222"]}]}
            personas: {data_scientist: {}}
            """,
        ),
        "sources",
    )
    queries = [
        metric["Expression"]
        for alarm in of_type(found, "AWS::CloudWatch::Alarm")
        for metric in alarm["Properties"].get("Metrics", [])
        if "WorkGroup" in metric.get("Expression", "")
    ]
    assert len(queries) == 2
    for query in queries:
        assert "(WorkGroup = 'base' OR WorkGroup = 'base-data_scientist') AND" in query


def test_each_persona_has_a_folder_of_results_and_a_workgroup(tmp_path: Path) -> None:
    assembly = made(
        tmp_path,
        """
        lakehouse: {}
        personas:
          data: {activities: [query_lakehouse]}
          data_scientist: {}
        """,
    )
    groups = {
        one["Properties"]["Name"]: one["Properties"]["WorkGroupConfiguration"]
        for one in of_type(resources(assembly, "lakehouse"), "AWS::Athena::WorkGroup")
    }
    assert set(groups) == {"base", "base-data", "base-data_scientist"}
    place = groups["base-data"]["ResultConfiguration"]["OutputLocation"]
    assert place["Fn::Join"][1][-1] == "/data/"
    listed = [
        statement["Condition"]["StringLike"]["s3:prefix"]
        for policy in of_type(resources(assembly, "access"), "AWS::IAM::ManagedPolicy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "s3:ListBucket" in statement["Action"] and "StringLike" in statement.get("Condition", {})
    ]
    # Not data*, which is a folder of the other persona too.
    assert sorted(listed) == ["data/*", "data_scientist/*"]


def test_a_data_lake_administrator_may_act_as_one(tmp_path: Path) -> None:
    """Lake Formation asks IAM too; the list of administrators is left to templates."""
    found = resources(
        made(
            tmp_path,
            """
            lakehouse: {permissions: {administrator_personas: [steward]}}
            personas: {steward: {activities: [query_lakehouse]}}
            """,
        ),
        "access",
    )
    allowed = json.dumps(found)
    assert "lakeformation:GrantPermissions" in allowed
    assert "lakeformation:PutDataLakeSettings" not in allowed


def test_catalog_with_zero_etl_lets_shares_through(tmp_path: Path) -> None:
    assembly = made(
        tmp_path,
        """
        lakehouse:
          layers: [{name: raw}]
          permissions:
            consumers: {prod: "222222222222"}
            shares: [{consumers: [prod], layer: raw}]
        sources:
          zero_etl:
            - name: carts
              source_arn: arn:aws:dynamodb:eu-west-1:123456789012:table/carts
              target: layer
              layer: raw
        """,
    )

    [policy] = of_type(resources(assembly, "sources"), "Custom::GlueCatalogPolicy")
    shares = [
        one
        for one in policy["Properties"]["Statements"]
        if one["Principal"] == {"Service": ["ram.amazonaws.com"]}
    ]

    assert [one["Action"] for one in shares] == [["glue:ShareResource"]]
    assert "base/sources" in dependencies(assembly, "base/data-access")
