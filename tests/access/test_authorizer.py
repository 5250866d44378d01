"""Calls as AWS decides about them, with what services do on behalf of the caller."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Check, Decision, Outcome
from operations.access.facts import Facts
from operations.access.session import Session
from operations.access.tables import table
from operations.access.world import World
from sagemaker_platform.synthesized_stack import SynthesizedStack

ACCOUNT, REGION = "111111111111", "eu-west-1"
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
SM = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"


def world_of(template: dict[str, Any]) -> World:
    """Return the world of one stack."""
    stack = SynthesizedStack(
        environment="dev", name="dev-one", account=ACCOUNT, region=REGION, template=template
    )
    return World.of([stack])


def allow(*actions: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(*statements: Mapping[str, Any], name: str, **more: Any) -> Any:
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    return (
        "AWS::IAM::Role",
        {
            "RoleName": name,
            "AssumeRolePolicyDocument": document(trust),
            "Policies": [{"PolicyName": "p", "PolicyDocument": document(*statements)}],
            "Tags": [{"Key": "persona", "Value": name}],
            **more,
        },
    )


BY_ACCOUNT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
BASE = {
    "Key": (
        "AWS::KMS::Key",
        {"KeyPolicy": document(allow("kms:*", Principal=BY_ACCOUNT))},
    ),
    "Bucket": (
        "AWS::S3::Bucket",
        {
            "BucketName": "data",
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {"KMSMasterKeyID": KEY},
                    }
                ]
            },
        },
    ),
}


def decide(call: Call, *statements: Mapping[str, Any], **resources: Any) -> Outcome:
    """Decide about a call of the role Dev."""
    session_context = resources.pop("session", {})
    made = {**BASE, "Dev": role(*statements, name="Dev"), **resources}
    template = {
        "Resources": {key: {"Type": one[0], "Properties": one[1]} for key, one in made.items()}
    }
    world = world_of(json.loads(json.dumps(template)))
    assert world.unresolved == []
    session = Session(world.role("dev", "Dev"), world.environments["dev"], "alice", session_context)
    return Authorizer(world).authorize(call, session)


def failed(outcome: Outcome) -> Check:
    check = outcome.failed
    assert check is not None
    return check


PUT = Call("s3", "PutObject", {"Bucket": "data", "Key": "k"})
THROUGH_S3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}


def test_object_needs_its_key() -> None:
    outcome = decide(PUT, allow("s3:PutObject"))
    assert outcome.decision is Decision.DENIED
    assert (failed(outcome).action, failed(outcome).rule) == ("kms:GenerateDataKey", "s3-encrypts")


def test_object_with_its_key_through_s3() -> None:
    key = allow("kms:GenerateDataKey", Condition=THROUGH_S3)
    assert decide(PUT, allow("s3:PutObject"), key).decision is Decision.ALLOWED


def test_key_is_not_used_but_through_s3() -> None:
    key = allow("kms:Decrypt", Condition=THROUGH_S3)
    alias = ("AWS::KMS::Alias", {"AliasName": "alias/dev", "TargetKeyId": KEY})
    outcome = decide(Call("kms", "Decrypt", {"KeyId": "alias/dev"}), key, Alias=alias)
    assert outcome.decision is Decision.DENIED
    assert "Condition" in str(failed(outcome).reason)


def test_encryption_context_is_the_bucket_with_bucket_keys() -> None:
    about = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::data"}}
    key = allow("kms:GenerateDataKey", Condition=about)
    assert decide(PUT, allow("s3:PutObject"), key).decision is Decision.ALLOWED


JOB = {
    "TrainingJobName": "j",
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Job",
    "AlgorithmSpecification": {"TrainingImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/i:1"},
    "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://data/in"}}}],
    "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
}
RUN = allow("sagemaker:CreateTrainingJob")
PASS = allow(
    "iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
)
JOB_ROLE = role(allow("s3:*", "kms:*", "logs:*", "cloudwatch:PutMetricData", "ecr:*"), name="Job")


def train(**more: Any) -> Call:
    return Call("sagemaker", "CreateTrainingJob", {**JOB, **more})


def test_job_needs_pass_role() -> None:
    outcome = decide(train(), RUN, Job=JOB_ROLE)
    assert outcome.decision is Decision.DENIED
    assert failed(outcome).action == "iam:PassRole"


def test_job_runs_as_the_role_that_is_passed() -> None:
    assert decide(train(), RUN, PASS, Job=JOB_ROLE).decision is Decision.ALLOWED


def test_job_fails_later_without_its_role_s_permissions() -> None:
    without_put = role(allow("s3:Get*", "s3:List*", "kms:*", "logs:*"), name="Job")
    outcome = decide(train(), RUN, PASS, Job=without_put)
    assert outcome.decision is Decision.FAILS_LATER
    assert (failed(outcome).action, failed(outcome).principal) == ("s3:PutObject", JOB["RoleArn"])


def test_job_role_that_sagemaker_may_not_assume() -> None:
    closed = role(allow("*"), name="Job", AssumeRolePolicyDocument=document())
    outcome = decide(train(), RUN, PASS, Job=closed)
    assert (outcome.decision, failed(outcome).action) == (Decision.DENIED, "sts:AssumeRole")


def test_tags_need_add_tags_on_create() -> None:
    tagged = train(Tags=[{"Key": "a", "Value": "b"}])
    outcome = decide(tagged, RUN, PASS, Job=JOB_ROLE)
    assert (outcome.decision, failed(outcome).action) == (Decision.DENIED, "sagemaker:AddTags")
    adding = allow("sagemaker:AddTags", Condition={"Null": {"sagemaker:TaggingAction": "false"}})
    assert decide(tagged, RUN, PASS, adding, Job=JOB_ROLE).decision is Decision.ALLOWED


def test_unknown_role_is_undecided() -> None:
    assert decide(train(), RUN, PASS).decision is Decision.UNDECIDED


def test_unknown_boundary_is_undecided() -> None:
    bounded = role(allow("*"), name="Dev", PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/b")
    outcome = decide(PUT, Dev=bounded)
    assert (outcome.decision, failed(outcome).undecided) == (Decision.UNDECIDED, True)
    assert "no template has the permissions boundary" in str(failed(outcome).reason)


def test_volume_key_needs_a_grant_of_caller_or_role() -> None:
    call = train(ResourceConfig={"VolumeKmsKeyId": "alias/dev"})
    alias = ("AWS::KMS::Alias", {"AliasName": "alias/dev", "TargetKeyId": KEY})
    assert decide(call, RUN, PASS, Job=JOB_ROLE, Alias=alias).decision is Decision.ALLOWED
    without = role(allow("s3:*", "logs:*", "cloudwatch:*", "ecr:*"), name="Job")
    outcome = decide(call, RUN, PASS, Job=without, Alias=alias)
    assert (outcome.decision, failed(outcome).action) == (Decision.DENIED, "kms:CreateGrant")


UPDATE = Call(
    "sagemaker",
    "UpdateEndpoint",
    {
        "EndpointName": "e",
        "EndpointConfigName": "c",
        "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}},
    },
    {"model_role": JOB["RoleArn"]},
)


def test_update_endpoint_needs_endpoint_and_configuration() -> None:
    outcome = decide(UPDATE, allow("sagemaker:UpdateEndpoint", on=f"{SM}:endpoint/*"), Job=JOB_ROLE)
    assert (outcome.decision, failed(outcome).resource) == (
        Decision.DENIED,
        f"{SM}:endpoint-config/c",
    )


def test_rollback_needs_describe_alarms_of_the_model_s_role() -> None:
    outcome = decide(UPDATE, allow("sagemaker:UpdateEndpoint"), Job=JOB_ROLE)
    assert outcome.decision is Decision.FAILS_LATER
    assert failed(outcome).action == "cloudwatch:DescribeAlarms"


LAKE = {
    "Group": (
        "AWS::Athena::WorkGroup",
        {
            "Name": "dev",
            "WorkGroupConfiguration": {
                "ResultConfiguration": {"OutputLocation": "s3://data/results/"}
            },
        },
    ),
    "Database": (
        "AWS::Glue::Database",
        {"DatabaseName": "raw", "DatabaseInput": {"LocationUri": "s3://lake/"}},
    ),
    "Lake": ("AWS::S3::Bucket", {"BucketName": "lake"}),
}
GOVERNED = {
    **LAKE,
    "Closed": ("Custom::ClosedDatabase", {"Database": "raw"}),
    "Location": role(allow("s3:*"), name="Location"),
    "Registered": (
        "AWS::LakeFormation::Resource",
        {"ResourceArn": "arn:aws:s3:::lake", "RoleArn": {"Fn::GetAtt": ["Location", "Arn"]}},
    ),
}
QUERY = allow("athena:*", "glue:*", "lakeformation:GetDataAccess")
RESULTS = allow("s3:*", "kms:*", on=["arn:aws:s3:::data", "arn:aws:s3:::data/*", "arn:aws:kms:*"])


def query(**facts: Any) -> Call:
    return Call("athena", "StartQueryExecution", {"WorkGroup": "dev"}, facts)


def grant(kind: str, *permissions: str, **target: str) -> Any:
    principal = {"Fn::GetAtt": ["Dev", "Arn"]}
    on = {"Type": kind, **target}
    return "Custom::DataGrant", {
        "Principal": principal,
        "Target": on,
        "Permissions": list(permissions),
    }


def test_query_reads_files_as_the_caller_without_lake_formation() -> None:
    outcome = decide(query(reads=["raw.clicks"]), QUERY, RESULTS, **LAKE)
    assert outcome.decision is Decision.FAILS_LATER
    assert failed(outcome).resource == "arn:aws:s3:::lake/clicks/data/part-0.parquet"
    files = allow("s3:*", on=["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"])
    assert decide(query(reads=["raw.clicks"]), QUERY, RESULTS, files, **LAKE).decision == "allowed"


def test_query_under_lake_formation_needs_a_grant() -> None:
    outcome = decide(query(reads=["raw.clicks"]), QUERY, RESULTS, **GOVERNED)
    assert failed(outcome).action == "Lake Formation SELECT"
    granted = grant("Tables", "SELECT", Database="raw")
    outcome = decide(query(reads=["raw.clicks"]), QUERY, RESULTS, **GOVERNED, Grant=granted)
    assert outcome.decision is Decision.ALLOWED


def test_grant_is_worth_what_iam_adds_to_it() -> None:
    granted = grant("Tables", "SELECT", "INSERT", Database="raw")
    reading = allow("athena:*", "glue:Get*", "lakeformation:GetDataAccess")
    call = query(writes=["raw.clicks"], format="iceberg")
    outcome = decide(call, reading, RESULTS, **GOVERNED, Grant=granted)
    assert (outcome.decision, failed(outcome).action) == (Decision.FAILS_LATER, "glue:UpdateTable")


def test_uncertain_rule_is_shown_and_decides_nothing() -> None:
    granted = grant("Tables", "SELECT", "INSERT", Database="raw")
    outcome = decide(query(writes=["raw.clicks"]), QUERY, RESULTS, **GOVERNED, Grant=granted)
    assert outcome.decision is Decision.ALLOWED
    assert [one.rule for one in outcome.checks if not one.allowed] == ["athena-writes-as-caller"]


def test_iceberg_table_needs_direct_access_to_its_location() -> None:
    grants = {
        "Create": grant("Database", "CREATE_TABLE", Database="raw"),
        "Over": grant("Location", "DATA_LOCATION_ACCESS", Arn="arn:aws:s3:::lake"),
    }
    call = query(creates=["raw.clicks"], format="iceberg")
    outcome = decide(call, QUERY, RESULTS, **GOVERNED, **grants)
    assert (outcome.decision, failed(outcome).action) == (Decision.FAILS_LATER, "s3:PutObject")


def test_query_whose_tables_are_unknown_is_undecided() -> None:
    outcome = decide(query(), QUERY, RESULTS, **LAKE)
    assert outcome.decision is Decision.UNDECIDED
    assert "tables of the query are not known" in outcome.gap


def test_table_bucket_is_decrypted_through_s3() -> None:
    arn = f"arn:aws:s3tables:{REGION}:{ACCOUNT}:bucket/events"
    tables = allow("s3tables:*")

    def through(service: str) -> Outcome:
        via = {"StringLike": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}
        key = allow("kms:Decrypt", Condition=via)
        resources = {
            "Group": LAKE["Group"],
            "Location": role(tables, key, name="Location"),
            "Registered": (
                "AWS::LakeFormation::Resource",
                {
                    "ResourceArn": f"arn:aws:s3tables:{REGION}:{ACCOUNT}:bucket/*",
                    "RoleArn": {"Fn::GetAtt": ["Location", "Arn"]},
                },
            ),
            "Events": (
                "AWS::S3Tables::TableBucket",
                {"TableBucketName": "events", "EncryptionConfiguration": {"KMSKeyArn": KEY}},
            ),
            "Grant": grant(
                "Table",
                "SELECT",
                CatalogId=f"{ACCOUNT}:s3tablescatalog/events",
                Database="web",
                Table="clicks",
            ),
        }
        return decide(
            query(reads=["s3tablescatalog/events/web.clicks"]), QUERY, RESULTS, **resources
        )

    assert arn in str(through("s3tables").checks)
    assert through("s3tables").decision is Decision.FAILS_LATER
    assert failed(through("s3tables")).action == "kms:Decrypt"
    assert through("s3").decision is Decision.ALLOWED


def network(**services: Any) -> dict[str, Any]:
    vpc: dict[str, Any] = {"Vpc": ("AWS::EC2::VPC", {})}
    return vpc | {
        name: (
            "AWS::EC2::VPCEndpoint",
            {"ServiceName": f"com.amazonaws.{REGION}.{name.lower()}", "PolicyDocument": policy},
        )
        for name, policy in services.items()
    }


def test_closed_network_reaches_its_endpoints_only() -> None:
    everything = {**allow("*"), "Principal": "*"}
    outcome = decide(PUT, allow("*"), **network(Kms=document(everything)))
    assert outcome.decision is Decision.UNREACHABLE
    outcome = decide(PUT, allow("*"), **network(S3=document(everything)))
    assert outcome.decision is Decision.ALLOWED
    nat: dict[str, Any] = {"Nat": ("AWS::EC2::NatGateway", {})}
    assert decide(PUT, allow("*"), **network(), **nat).decision is Decision.ALLOWED


def test_endpoint_policy_limits_the_call_and_not_what_follows() -> None:
    others = {**allow("s3:*", on="arn:aws:s3:::other/*"), "Principal": "*"}
    outcome = decide(PUT, allow("*"), **network(S3=document(others)))
    assert outcome.decision is Decision.DENIED
    assert "VPC endpoint policy" in str(failed(outcome).reason)


def test_session_gives_policy_variables() -> None:
    own = allow(
        "sagemaker:CreatePresignedDomainUrl",
        on=f"{SM}:user-profile/${{sagemaker:DomainId}}/${{sagemaker:UserProfileName}}",
    )
    session = {"sagemaker:DomainId": "d", "sagemaker:UserProfileName": "alice"}
    for name, decision in (("alice", Decision.ALLOWED), ("bob", Decision.DENIED)):
        parameters = {"DomainId": "d", "UserProfileName": name}
        call = Call("sagemaker", "CreatePresignedDomainUrl", parameters)
        assert decide(call, own, session=session).decision is decision


def test_rules_of_forward_access_are_complete() -> None:
    rules = table("forward")
    bare = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
    world = world_of(bare)
    facts = Facts(world, world.environments["dev"], Call("s3", "ListBuckets"), [], "")
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["certainty"] in ("D", "L", "?"), rule["id"]
        assert rule["source"], rule["id"]
        assert list(facts.of(rule["for"], None)) == []


def test_call_is_decided_in_milliseconds() -> None:
    outcome = decide(PUT, allow("s3:*", "kms:*"))
    assert outcome.decision is Decision.ALLOWED
    template = {
        "Resources": {
            key: {"Type": one[0], "Properties": one[1]}
            for key, one in {**BASE, "Dev": role(allow("s3:*", "kms:*"), name="Dev")}.items()
        }
    }
    world = world_of(template)
    session = Session(world.role("dev", "Dev"), world.environments["dev"])
    authorizer = Authorizer(world)
    authorizer.authorize(PUT, session)
    started = time.process_time()
    for _ in range(100):
        authorizer.authorize(PUT, session)
    assert (time.process_time() - started) / 100 < 0.001


@pytest.mark.parametrize("certainty", ["D", "?"])
def test_only_certain_rules_decide(certainty: str) -> None:
    check = Check("rule", "a:B", "*", "role", False, "", certainty=certainty)
    assert check.decides is (certainty == "D")
