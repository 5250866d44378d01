"""What projects of Unified Studio contain, derived from the other blocks of the file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.role import Role
from operations.access.session import Session
from operations.access.world import World
from operations.assembly import Assembly
from operations.evidence.classes import Classes
from operations.evidence.stores import stores
from operations.templates import Templates
from tests.support import synthesized

SETTINGS = """\
name: content
account: "123123123123"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c]
personas:
  data_scientist: {}
  data_engineer: {}
lakehouse:
  permissions:
    grants:
      - {projects: [forecasting], layer: analytics}
  query:
    workgroups:
      - {name: adhoc, personas: [data_scientist]}
mlflow: {app: {}, tracking_server: {}}
warehouse: {}
unified_studio:
  host:
    identity_center:
      instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
      region: eu-west-1
    owners: [data_engineer]
    catalog_export: true
    projects:
      forecasting:
        name: Forecasting
        profile: sql_analytics
        owners: [data_engineer]
        connections:
          adhoc: {athena: {workgroup: adhoc, layers: [raw]}}
          tracking: {mlflow: app}
          experiments: {mlflow: tracking_server}
          warehouse: {warehouse: {}, description: The warehouse}
          spark: {spark_glue: {workers: 4}}
          catalog: {lakehouse: {}}
        data_sources:
          curated:
            layer: curated
            tables: ["sales_*"]
            exclude: ["*_tmp"]
            schedule: cron(30 4 * * ? *)
            time_zone: EUROPE_PARIS
          later: {layer: curated, enabled: false, publish: false, quality: false}
"""
Resources = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("content")
    file = folder / "content.yaml"
    file.write_text(SETTINGS, "utf-8")
    return synthesized(folder / "out", file)


@pytest.fixture(scope="module")
def content(assembly: Path) -> Resources:
    [template] = assembly.glob("*/*unifiedstudiocontent*.template.json")
    found: Resources = json.loads(template.read_text("utf-8"))["Resources"]
    return found


@pytest.fixture(scope="module")
def world(assembly: Path) -> World:
    return World.read(assembly)


def of(content: Resources, kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in content.values() if one["Type"] == kind]


def test_connections_lead_to_what_the_environment_has(content: Resources) -> None:
    found = {one["Name"]: one for one in of(content, "AWS::DataZone::Connection")}
    assert set(found) == {"adhoc", "tracking", "experiments", "warehouse", "spark", "catalog"}
    assert found["adhoc"]["Props"] == {"AthenaProperties": {"WorkgroupName": "content-adhoc"}}
    assert found["warehouse"]["Description"] == "The warehouse"
    warehouse = found["warehouse"]["Props"]["RedshiftProperties"]
    assert warehouse["Storage"] == {"WorkgroupName": "content-warehouse"}
    assert warehouse["DatabaseName"] == "warehouse"
    apps = [found[name]["Props"]["MlflowProperties"] for name in ("tracking", "experiments")]
    assert "AppF1B" in json.dumps(apps[0])
    assert "TrackingServer" in json.dumps(apps[1]["TrackingServerArn"])
    # The role of the project has what sessions of AWS Glue need.
    assert "AwsLocation" not in found["spark"]
    assert all(
        "AccessRole" in found[name]["AwsLocation"] for name in set(found) - {"spark", "catalog"}
    )


def test_a_grant_to_a_project_is_for_the_role_that_aws_creates(content: Resources) -> None:
    principals = {
        json.dumps(one["Principal"])
        for one in of(content, "Custom::DataGrant")
        if one["Target"]["Database"] == "content_analytics"
    }
    assert len(principals) == 2
    assert any("ReadyForecastingUserRoleArn" in one for one in principals)
    assert any("ConnectionAdhocAccessRole" in one for one in principals)


def test_connections_wait_for_the_project(content: Resources) -> None:
    for one in of(content, "AWS::DataZone::Connection"):
        assert "ReadyForecastingToolingId" in json.dumps(one["EnvironmentIdentifier"])
    for role in of(content, "AWS::IAM::Role"):
        trust = role["AssumeRolePolicyDocument"]["Statement"][0]
        assert "ReadyForecastingUserRoleArn" in json.dumps(trust["Principal"])


def access_role(world: World, name: str) -> Role:
    [found] = [one for one in world.roles.values() if f"Connection{name}Access" in one.record.ref]
    return found


@pytest.mark.parametrize(
    ("workgroup", "table", "decision"),
    [
        ("content-adhoc", "content_raw.orders", Decision.ALLOWED),
        # Not a layer of the connection: neither IAM nor Lake Formation gives it.
        ("content-adhoc", "content_curated.orders", Decision.FAILS_LATER),
        # Not its workgroup.
        ("content", "content_raw.orders", Decision.DENIED),
    ],
)
def test_the_access_role_reads_its_layers_in_its_workgroup(
    world: World, workgroup: str, table: str, decision: Decision
) -> None:
    call = Call(
        "athena",
        "StartQueryExecution",
        {"WorkGroup": workgroup, "QueryString": "SELECT"},
        {"reads": [table], "columns": []},
    )
    role = access_role(world, "Adhoc")
    session = Session(role, world.environments["content"], in_network=False)
    assert Authorizer(world).authorize(call, session).decision is decision


def test_data_sources_publish_layers(content: Resources) -> None:
    found = {one["Name"]: one for one in of(content, "AWS::DataZone::DataSource")}
    curated, later = found["curated"], found["later"]
    assert curated["Type"] == "GLUE"
    assert "ForecastingConnectionCatalog" in json.dumps(curated["ConnectionIdentifier"])
    assert curated["PublishOnImport"]
    assert curated["Schedule"] == {"Schedule": "cron(30 4 * * ? *)", "Timezone": "EUROPE_PARIS"}
    runs = curated["Configuration"]["GlueRunConfiguration"]
    assert runs["AutoImportDataQualityResult"]
    assert "ManageAccessRole" in json.dumps(runs["DataAccessRole"])
    [filters] = runs["RelationalFilterConfigurations"]
    assert filters == {
        "DatabaseName": "content_curated",
        "FilterExpressions": [
            {"Type": "INCLUDE", "Expression": "sales_*"},
            {"Type": "EXCLUDE", "Expression": "*_tmp"},
        ],
    }
    assert later["EnableSetting"] == "DISABLED"
    assert not later["PublishOnImport"]
    assert "Schedule" not in later


def test_a_data_source_runs_after_the_grants(content: Resources) -> None:
    grants = {
        key: one["Properties"]
        for key, one in content.items()
        if one["Type"] == "Custom::DataGrant"
        and "ManageAccessRole" in json.dumps(one["Properties"]["Principal"])
    }
    # Once for both data sources of the layer.
    assert sorted(one["Target"]["Type"] for one in grants.values()) == ["Database", "Tables"]
    assert all(one["Grantable"] == one["Permissions"] for one in grants.values())
    [source] = [key for key in content if key.startswith("ForecastingSourceCuratedSource")]
    assert set(grants) <= set(content[source]["DependsOn"])
    # One that is turned off does not run.
    [run] = of(content, "Custom::UnifiedStudioDataSourceRun")
    assert source in json.dumps(run["DataSource"])


def test_the_export_of_the_catalog_has_the_key(assembly: Path) -> None:
    texts = {
        noun: next(assembly.glob(f"*/content{noun}*.template.json")).read_text("utf-8")
        for noun in ("unifiedstudioprojects", "foundation")
    }
    [export] = [
        one["Properties"]
        for one in json.loads(texts["unifiedstudioprojects"])["Resources"].values()
        if one["Type"] == "Custom::UnifiedStudioExport"
    ]
    assert "content-foundation" in json.dumps(export["Key"])
    assert export["Keep"] == "true"
    assert ":bucket/aws-sagemaker-catalog/*" in texts["foundation"]
    assert "systemtables.sagemaker-catalog.amazonaws.com" in texts["foundation"]
    # Amazon DataZone itself reads the key that the configuration of Tooling names.
    assert '"datazone.amazonaws.com"' in texts["foundation"]


def test_evidence_names_the_key_of_projects(assembly: Path) -> None:
    stage = Assembly.read(assembly).stage("content")
    templates = Templates(stage)
    found = {one.type: one for one in stores(stage, templates, Classes(stage, templates))}
    assert found["AWS::DataZone::Domain"].encryption == "key foundation/Key"
    assert found["AWS::DataZone::Project"].encryption == "key of its domain"
