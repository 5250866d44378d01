"""Preflight: what an account answers, and what the report makes of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_cdk import App, Environment
from aws_cdk import Stack as CdkStack
from aws_cdk import Stage as CdkStage
from aws_cdk import aws_ce as ce

from operations.account import Account
from operations.assembly import Assembly, Stage
from operations.preflight.answer import Answer
from operations.preflight.preflight import preflight, table
from operations.preflight.questions import (
    audit,
    billing,
    capacity,
    deployment,
    names,
    network,
    organization,
    quotas,
    references,
    singletons,
)
from operations.preflight.target import Target
from sagemaker_platform.audit.data_events import DATA_EVENTS
from tests.operations import program
from tests.operations.fake_account import FakeSession
from tests.support import EXAMPLES, ROOT, synthesized

ORGANIZATION = {"Id": "o-one", "MasterAccountId": "999999999999"}
NO_STACKS = {"cloudformation.DescribeStacks": "ValidationError: does not exist"}
WANTED = (
    "audit-complete",
    "audit-organization",
    "budget-complete",
    "delivery-minimal",
    "foundation-complete",
    "hyperpod-complete",
    "inference-complete",
    "inference-models",
    "lakehouse-rights",
    "network-complete",
    "network-existing",
    "partner-minimal",
    "personas-minimal",
    "unified-complete",
    "unified-host",
)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    files = [file for file in EXAMPLES if file.stem in WANTED]
    assembly = Assembly.read(synthesized(tmp_path_factory.mktemp("cdk"), *files))
    found = {stage.name: stage for stage in assembly.stages}
    return found | {"with a monitor": with_monitor(tmp_path_factory.mktemp("monitor"))}


def with_monitor(folder: Path) -> Stage:
    """Return an environment with a monitor of anomalies, as a capability of a fork may make it."""
    app = App(outdir=str(folder))
    inner = CdkStage(
        app, "with-monitor", env=Environment(account="444444444444", region="eu-west-1")
    )
    ce.CfnAnomalyMonitor(
        CdkStack(inner, "costs"),
        "Monitor",
        monitor_name="services",
        monitor_type="DIMENSIONAL",
        monitor_dimension="SERVICE",
    )
    app.synth()
    return Assembly.read(folder).stages[0]


def stack(status: str) -> Mapping[str, Any]:
    return {"Stacks": [{"StackName": "x", "StackStatus": status, "CreationTime": 0}]}


def quota(name: str, value: float) -> Mapping[str, Any]:
    return {"QuotaName": name, "Value": value, "QuotaCode": "L-1"}


def zone(name: str) -> Mapping[str, Any]:
    return {"ZoneName": name, "ZoneId": f"id-{name}"}


def part(zone: str, instance_type: str = "ml.p5.48xlarge") -> Mapping[str, Any]:
    return {
        "ReservedCapacityArn": "arn:aws:sagemaker:eu-west-1:444444444444:reserved-capacity/x",
        "InstanceType": instance_type,
        "TotalInstanceCount": 8,
        "Status": "Active",
        "AvailabilityZone": zone,
    }


def plan(**changed: Any) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "TrainingPlanArn": "arn:aws:sagemaker:eu-west-1:444444444444:training-plan/p5-in-march",
        "TrainingPlanName": "p5-in-march",
        "Status": "Active",
        "AvailableInstanceCount": 8,
        "TargetResources": ["hyperpod-cluster"],
        "ReservedCapacitySummaries": [part("eu-west-1a")],
    }
    return found | changed


ORGANIZATION_TRAIL = {"cloudtrail.DescribeTrails": {"trailList": [{"IsOrganizationTrail": True}]}}
ZONES = {"AvailabilityZones": [zone("eu-west-1a"), zone("eu-west-1b")]}
ENDPOINT = "ml.m7i.xlarge for endpoint usage"
TRANSFORM = "ml.m5.xlarge for transform job usage"

# Question, environment, answers of the account; then status, subject, and a part of the detail.
CASES: list[tuple[Any, str, Mapping[str, Any], str, str, str]] = [
    (
        deployment.bootstrap,
        "foundation-complete",
        {"ssm.GetParameter": "ParameterNotFound"},
        *("failed", "bootstrap", "npx cdk bootstrap aws://444444444444/eu-west-1"),
    ),
    (
        deployment.bootstrap,
        "foundation-complete",
        {"ssm.GetParameter": {"Parameter": {"Value": "5"}}},
        *("failed", "bootstrap", "version 5, and 6 is needed"),
    ),
    (
        deployment.bootstrap,
        "foundation-complete",
        {"ssm.GetParameter": {"Parameter": {"Value": "30"}}},
        *("passed", "bootstrap", "version 30"),
    ),
    (
        deployment.stacks,
        "foundation-complete",
        {"cloudformation.DescribeStacks": stack("ROLLBACK_COMPLETE")},
        *("failed", "stack foundation-complete-foundation", "delete the stack, then deploy"),
    ),
    (
        deployment.stacks,
        "foundation-complete",
        {"cloudformation.DescribeStacks": stack("UPDATE_IN_PROGRESS")},
        *("warning", "stack foundation-complete-network", "wait until it is done"),
    ),
    (
        deployment.stacks,
        "foundation-complete",
        NO_STACKS,
        *("passed", "stacks", "0 of 2 are there"),
    ),
    (
        quotas.sagemaker,
        "inference-complete",
        {
            "service-quotas.ListServiceQuotas": {"Quotas": [quota(ENDPOINT, 2)]},
            "service-quotas.ListAWSDefaultServiceQuotas": {"Quotas": [quota(ENDPOINT, 10)]},
        },
        *("failed", f"quota {ENDPOINT}", "3 wanted, 2 allowed: `aws service-quotas request-"),
    ),
    (
        quotas.sagemaker,
        "inference-complete",
        {
            "service-quotas.ListServiceQuotas": {"Quotas": [quota(TRANSFORM, 1)]},
            "service-quotas.ListAWSDefaultServiceQuotas": {"Quotas": []},
        },
        *("failed", f"quota {TRANSFORM}", "2 wanted, 1 allowed"),
    ),
    (
        # The applied list leaves out quotas that have only a default.
        quotas.sagemaker,
        "inference-complete",
        {
            "service-quotas.ListServiceQuotas": {"Quotas": []},
            "service-quotas.ListAWSDefaultServiceQuotas": {"Quotas": [quota(ENDPOINT, 10)]},
        },
        *("passed", f"quota {ENDPOINT}", "3 wanted, 10 allowed"),
    ),
    (
        quotas.sagemaker,
        "inference-complete",
        {
            "service-quotas.ListServiceQuotas": {"Quotas": []},
            "service-quotas.ListAWSDefaultServiceQuotas": {"Quotas": []},
        },
        *("not checked", f"quota {ENDPOINT}", "AWS lists no quota with this name"),
    ),
    (
        quotas.network,
        "network-complete",
        {
            **NO_STACKS,
            "ec2.DescribeVpcs": {"Vpcs": [{"VpcId": str(one)} for one in range(5)]},
            "ec2.DescribeAddresses": {"Addresses": []},
            "service-quotas.GetServiceQuota": {"Quota": quota("any", 5)},
        },
        *("failed", "quota VPCs per region", "6 with this environment, 5 allowed"),
    ),
    (
        quotas.iam,
        "personas-minimal",
        {
            **NO_STACKS,
            "iam.GetAccountSummary": {
                "SummaryMap": {"Roles": 1000, "RolesQuota": 1000, "Policies": 1}
            },
        },
        *("failed", "quota IAM roles", "1000 there"),
    ),
    (
        network.zones,
        "network-complete",
        {"ec2.DescribeAvailabilityZones": ZONES},
        *("failed", "zone eu-west-1c", "it has eu-west-1a, eu-west-1b"),
    ),
    (
        network.instance_types,
        "hyperpod-complete",
        {"ec2.DescribeInstanceTypeOfferings": {"InstanceTypeOfferings": []}},
        *("warning", "ml.p5.48xlarge", "EC2 does not offer it in eu-west-1a, eu-west-1b"),
    ),
    (
        network.instance_types,
        "hyperpod-complete",
        {
            "ec2.DescribeInstanceTypeOfferings": {
                "InstanceTypeOfferings": [{"InstanceType": "p5.48xlarge", "Location": "eu-west-1b"}]
            }
        },
        *("passed", "ml.p5.48xlarge", "in eu-west-1b only"),
    ),
    (
        network.endpoint_services,
        "network-complete",
        {"ec2.DescribeVpcEndpointServices": {"ServiceDetails": []}},
        *("failed", "endpoint service com.amazonaws.eu-west-1.sts", "not offered in this region"),
    ),
    (
        network.endpoint_services,
        "network-complete",
        {
            "ec2.DescribeVpcEndpointServices": {
                "ServiceDetails": [
                    {
                        "ServiceName": "com.amazonaws.eu-west-1.sts",
                        "AvailabilityZones": ["eu-west-1a", "eu-west-1b"],
                    }
                ]
            }
        },
        *("failed", "endpoint service com.amazonaws.eu-west-1.sts", "not offered in eu-west-1c"),
    ),
    (
        network.existing,
        "network-existing",
        {
            "ec2.DescribeVpcAttribute": {
                "EnableDnsSupport": {"Value": True},
                "EnableDnsHostnames": {"Value": False},
            },
            "ec2.DescribeSubnets": {"Subnets": [{"AvailableIpAddressCount": 200}]},
        },
        *("failed", "vpc-0a1b2c3d4e5f67890", "enableDnsHostnames must be on"),
    ),
    (
        network.existing,
        "network-existing",
        {
            "ec2.DescribeVpcAttribute": "InvalidVpcID.NotFound",
            "ec2.DescribeSubnets": {"Subnets": [{"AvailableIpAddressCount": 3}]},
        },
        *("failed", "subnet-", "3 addresses are free"),
    ),
    (
        names.names,
        "foundation-complete",
        {
            **NO_STACKS,
            "cloudcontrol.GetResource": {
                "TypeName": "AWS::KMS::Alias",
                "ResourceDescription": {"Identifier": "alias/foundation-complete"},
            },
        },
        *("failed", "AWS::KMS::Alias alias/foundation-complete", "exists already"),
    ),
    (
        names.names,
        "foundation-complete",
        {**NO_STACKS, "cloudcontrol.GetResource": "UnsupportedActionException"},
        *("not checked", "names", "AWS::ECR::Repository, AWS::KMS::Alias"),
    ),
    (
        names.names,
        "inference-complete",
        {
            **NO_STACKS,
            "cloudcontrol.GetResource": "ResourceNotFoundException",
            "sagemaker.DescribeEndpoint": "ValidationException: Could not find endpoint",
        },
        *("passed", "names", "names are free"),
    ),
    (
        references.referenced,
        "hyperpod-complete",
        {
            "iam.GetRole": "NoSuchEntity",
            "sagemaker.DescribeTrainingPlan": "ResourceNotFound",
            "secretsmanager.DescribeSecret": "ResourceNotFoundException",
        },
        *("failed", "arn:aws:iam::444444444444:role/researchers", "there is no such thing"),
    ),
    (
        references.referenced,
        "hyperpod-complete",
        {
            "iam.GetRole": "NoSuchEntity",
            "sagemaker.DescribeTrainingPlan": {
                "TrainingPlanArn": f"arn:aws:sagemaker:eu-west-1:444444444444:training-plan/{'x'}",
                "TrainingPlanName": "p5-in-march",
                "Status": "Scheduled",
            },
            "secretsmanager.DescribeSecret": {"DeletedDate": 0},
        },
        *("failed", "training-plan/p5-in-march", "it is Scheduled: it must be Active"),
    ),
    (
        references.referenced,
        "foundation-complete",
        {"iam.GetPolicy": {"Policy": {}}},
        *("passed", "policy/team/ml-platform-boundary", "there"),
    ),
    (
        references.images,
        "inference-complete",
        {"ecr.DescribeImages": "ImageNotFoundException"},
        *("failed", "ml/churn:1.4.0", "push it before you deploy"),
    ),
    (
        references.images,
        "inference-models",
        {"ecr.DescribeImages": {"imageDetails": []}},
        *("not checked", "images of other registries", "only their owners"),
    ),
    (
        references.model_data,
        "inference-complete",
        {"s3.HeadObject": "404", "s3.ListObjectsV2": {"KeyCount": 1}},
        *("failed", "s3://example-models/churn/1.4.0/model.tar.gz", "there is no such file"),
    ),
    (
        references.model_data,
        "inference-complete",
        {"s3.HeadObject": {}, "s3.ListObjectsV2": {"KeyCount": 0}},
        *("failed", "s3://example-models/shops/", "there are no files"),
    ),
    (
        singletons.catalog,
        "lakehouse-rights",
        {**NO_STACKS, "glue.GetCatalog": {"Catalog": {"Name": "s3tablescatalog"}}},
        *("failed", "catalog s3tablescatalog", "lakehouse.catalog.s3_tables to exists"),
    ),
    (
        singletons.lake_formation,
        "lakehouse-rights",
        {
            "lakeformation.GetDataLakeSettings": {
                "DataLakeSettings": {
                    "DataLakeAdmins": [{"DataLakePrincipalIdentifier": "arn:aws:iam::1:role/a"}],
                    "CreateTableDefaultPermissions": [{"Permissions": ["ALL"]}],
                }
            }
        },
        *("warning", "defaults of Lake Formation", "other teams may rely on it"),
    ),
    (
        singletons.api_gateway,
        "inference-complete",
        {**NO_STACKS, "apigateway.GetAccount": {"cloudwatchRoleArn": "arn:aws:iam::1:role/b"}},
        *("warning", "role for logs of API Gateway", "arn:aws:iam::1:role/b is replaced"),
    ),
    (
        singletons.log_policies,
        "hyperpod-complete",
        {
            **NO_STACKS,
            "logs.DescribeResourcePolicies": {
                "resourcePolicies": [{"policyName": str(one)} for one in range(10)]
            },
        },
        *("failed", "resource policies of CloudWatch Logs", "10 there, 1 new, 10 allowed"),
    ),
    *(
        (
            capacity.training_plans,
            "hyperpod-complete",
            NO_STACKS | {"sagemaker.DescribeTrainingPlan": plan(**changed)},
            *(status, "training-plan/p5-in-march", detail),
        )
        for changed, status, detail in (
            ({}, "passed", "8 instances are free"),
            (
                {"AvailableInstanceCount": 0},
                "failed",
                "instances wanted, 0 free: stop what uses it",
            ),
            (
                {"TargetResources": ["training-job"]},
                "failed",
                "bought for training-job, and used for hyperpod-cluster: buy another",
            ),
            (
                {"ReservedCapacitySummaries": [part("eu-west-1c")]},
                "failed",
                "it is in eu-west-1c, and the environment in eu-west-1a, eu-west-1b",
            ),
            (
                {"ReservedCapacitySummaries": [part("eu-west-1a", "ml.p4d.24xlarge")]},
                "failed",
                "it has ml.p4d.24xlarge, and ml.p5.48xlarge is used",
            ),
        )
    ),
    (
        singletons.identity_providers,
        "delivery-minimal",
        NO_STACKS | {"iam.ListOpenIDConnectProviders": {"OpenIDConnectProviderList": []}},
        *("failed", "identity provider token.actions", "set provider: create in one environment"),
    ),
    (
        singletons.identity_providers,
        "delivery-minimal",
        NO_STACKS
        | {
            "iam.ListOpenIDConnectProviders": {
                "OpenIDConnectProviderList": [
                    {
                        "Arn": "arn:aws:iam::444444444444:oidc-provider/"
                        "token.actions.githubusercontent.com"
                    }
                ]
            }
        },
        *("passed", "identity provider token.actions", "there"),
    ),
    (
        singletons.service_linked_roles,
        "partner-minimal",
        {"iam.GetRole": "NoSuchEntity"},
        *("failed", "LicenseManagerRole", "aws iam create-service-linked-role"),
    ),
    (
        singletons.service_linked_roles,
        "inference-complete",
        {"iam.GetRole": "NoSuchEntity"},
        *("passed", "SageMakerEndpoint", "AWS creates it"),
    ),
    (
        billing.cost_tags,
        "budget-complete",
        {
            "ce.ListCostAllocationTags": {
                "CostAllocationTags": [
                    {"TagKey": "environment", "Type": "UserDefined", "Status": "Active"}
                ]
            }
        },
        *("warning", "cost allocation tag team", "not active, so budgets stay at zero"),
    ),
    (
        billing.cost_tags,
        "budget-complete",
        {
            "ce.ListCostAllocationTags": {
                "CostAllocationTags": [
                    {"TagKey": key, "Type": "UserDefined", "Status": "Active"}
                    for key in ("environment", "team")
                ]
            }
        },
        *("passed", "cost allocation tag team", "active"),
    ),
    (
        audit.organization_trail,
        "audit-organization",
        {"cloudtrail.DescribeTrails": {"trailList": []}},
        *("failed", "trail of the organization", "correct audit.organization_trail"),
    ),
    (
        audit.organization_trail,
        "audit-organization",
        {"cloudtrail.DescribeTrails": {"trailList": [{"IsOrganizationTrail": False}]}},
        *("failed", "trail of the organization", "give that of the organization"),
    ),
    (
        audit.organization_trail,
        "audit-organization",
        ORGANIZATION_TRAIL
        | {
            "cloudtrail.GetEventSelectors": {
                "EventSelectors": [
                    {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
                ]
            }
        },
        "warning",
        "trail of the organization",
        "no calls on data of bedrock, lake_formation, sagemaker: ask its owner",
    ),
    (
        audit.organization_trail,
        "audit-organization",
        ORGANIZATION_TRAIL
        | {
            "cloudtrail.GetEventSelectors": {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": [{"Field": "resources.type", "Equals": [kind]}]}
                    for kinds in DATA_EVENTS.values()
                    for kind in kinds
                ]
            }
        },
        *("passed", "trail of the organization", "it records calls on data"),
    ),
    (
        audit.macie,
        "audit-complete",
        NO_STACKS | {"macie2.GetMacieSession": {"status": "ENABLED"}},
        *("failed", "session of Macie", "give `macie: exists`"),
    ),
    (
        audit.macie,
        "audit-complete",
        NO_STACKS | {"macie2.GetMacieSession": "AccessDeniedException: Macie is not enabled"},
        *("not checked", "session of Macie", "Macie is off, or the credentials may not call"),
    ),
    (
        billing.anomaly_monitor,
        "with a monitor",
        NO_STACKS
        | {
            "ce.GetAnomalyMonitors": {
                "AnomalyMonitors": [
                    {
                        "MonitorArn": "arn:aws:ce::444444444444:anomalymonitor/1",
                        "MonitorName": "x",
                        "MonitorType": "DIMENSIONAL",
                        "MonitorDimension": "SERVICE",
                    }
                ]
            }
        },
        *("failed", "monitor of anomalies", "an account has one: give it as monitor_arn"),
    ),
    (
        billing.anomaly_monitor,
        "with a monitor",
        NO_STACKS | {"ce.GetAnomalyMonitors": {"AnomalyMonitors": []}},
        *("passed", "monitor of anomalies", "not there yet"),
    ),
]


@pytest.mark.parametrize(
    ("question", "environment", "answers", "status", "subject", "detail"),
    CASES,
    ids=[f"{case[0].__name__}-{case[3]}-{number}" for number, case in enumerate(CASES)],
)
def test_finding(
    stages: dict[str, Stage],
    question: Any,
    environment: str,
    answers: Mapping[str, Any],
    status: str,
    subject: str,
    detail: str,
) -> None:
    target = Target(stages[environment], account(answers))
    found = list(question(target))

    assert [
        one
        for one in found
        if one.status == status and subject in one.subject and detail in one.detail
    ], found


def account(answers: Mapping[str, Any]) -> Account:
    return Account(FakeSession(answers))


def test_rights_name_who_denies(stages: dict[str, Stage]) -> None:
    def simulate(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        assert parameters["PolicySourceArn"] == (
            "arn:aws:iam::444444444444:role/cdk-hnb659fds-cfn-exec-role-444444444444-eu-west-1"
        )
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalDecision": "implicitDeny" if "Cluster" in action else "allowed",
                    "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
                }
                for action in parameters["ActionNames"]
            ]
        }

    target = Target(stages["hyperpod-complete"], account({"iam.SimulatePrincipalPolicy": simulate}))
    found = list(deployment.rights(target))

    assert next((one.status, one.detail) for one in found) == (
        "failed",
        "a policy of the organization denies sagemaker:CreateCluster",
    )


def test_single_sign_on_needs_identity_center(stages: dict[str, Stage]) -> None:
    target = Target(stages["network-existing"], account({}))
    # IAM: nothing is asked.
    assert not list(singletons.identity_center(target))


def test_unified_studio_needs_its_instance_in_the_region(stages: dict[str, Stage]) -> None:
    instance = "arn:aws:sso:::instance/ssoins-0123456789abcdef"

    def asked(*there: str) -> list[str]:
        found = {"sso-admin.ListInstances": {"Instances": [{"InstanceArn": one} for one in there]}}
        target = Target(stages["unified-complete"], account(found))
        return [f"{one.status}: {one.detail}" for one in singletons.identity_center(target)]

    assert asked(instance) == [f"passed: {instance}"]
    [missing] = asked("arn:aws:sso:::instance/ssoins-ffffffffffffffff")
    assert missing.startswith(f"failed: {instance} is not in eu-west-1")


def test_a_domain_with_other_accounts_needs_sharing_in_the_organization(
    stages: dict[str, Stage],
) -> None:
    here = {"organizations.DescribeOrganization": {"Organization": ORGANIZATION}}
    services = "organizations.ListAWSServiceAccessForOrganization"

    def asked(answers: Mapping[str, Any], stage: str = "unified-host") -> list[str]:
        target = Target(stages[stage], account(answers))
        return [f"{one.status}: {one.detail}" for one in organization.sharing(target)]

    def trusting(*names: str) -> Mapping[str, Any]:
        trusted = [{"ServicePrincipal": name} for name in names]
        return {**here, services: {"EnabledServicePrincipals": trusted}}

    assert asked(trusting("ram.amazonaws.com")) == ["passed: o-one trusts ram.amazonaws.com"]
    [missing] = asked(trusting("sso.amazonaws.com"))
    assert missing.startswith("failed: o-one does not trust ram.amazonaws.com: run `aws ram")
    # Members of an organization may not ask.
    [member] = asked({**here, services: "AccessDeniedException"})
    assert member.startswith("not checked: only the management account 999999999999 can tell")
    alone = {"organizations.DescribeOrganization": "AWSOrganizationsNotInUseException"}
    assert asked(alone) == [
        "failed: the account is in no organization, so it cannot share the domain"
    ]
    # A domain in one account shares nothing.
    assert not asked({}, "unified-complete")


def test_only_free_names_of_new_stacks_are_asked_for(stages: dict[str, Stage]) -> None:
    answers = {"cloudformation.DescribeStacks": stack("CREATE_COMPLETE")}

    assert not list(names.names(Target(stages["foundation-complete"], account(answers))))


def test_all_questions_are_asked_and_sorted(stages: dict[str, Stage]) -> None:
    answers = {
        "sts.GetCallerIdentity": {"Account": "444444444444"},
        "ssm.GetParameter": {"Parameter": {"Value": "30"}},
        "*": "AccessDeniedException",
    }
    found = preflight(stages["inference-complete"], account(answers))

    statuses = [one.status for one in found]
    assert statuses == ["not checked"] * (len(found) - 2) + ["passed"] * 2
    assert "may not call `aws service-quotas list-service-quotas`" in table(found)
    assert table(found).splitlines()[-1] == f"{len(found) - 2} not checked, 2 passed"


def test_throttling_is_reported(stages: dict[str, Stage]) -> None:
    answers = {"sts.GetCallerIdentity": {"Account": "444444444444"}, "*": "ThrottlingException"}
    found = preflight(stages["foundation-complete"], account(answers))

    assert (
        Answer(
            "not checked",
            "The account is bootstrapped for the CDK, recently enough",
            "AWS throttles `aws ssm get-parameter`; try again later",
        )
        in found
    )


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ({"Account": "999999999999"}, "they are of account 999999999999: sign in to account"),
        ("ExpiredToken: the token has expired", "no answer from account 444444444444: "),
    ],
)
def test_wrong_account_is_asked_nothing(
    stages: dict[str, Stage], answer: object, detail: str
) -> None:
    session = FakeSession({"sts.GetCallerIdentity": answer})
    [found] = preflight(stages["foundation-complete"], Account(session))

    assert found.status == "failed"
    assert detail in found.detail
    assert set(session.calls) == {"sts.GetCallerIdentity"}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "sts.GetCallerIdentity": {"Account": "444444444444"},
        "*": "AccessDeniedException",
    }
    monkeypatch.setattr(
        boto3, "Session", lambda region_name: FakeSession(answers, region=region_name)
    )
    return answers


def test_verb_prints_json_and_fails(
    answering: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ("preflight", "--files", "examples/foundation-minimal.yaml", "--json")

    assert program.run(*arguments) == 0
    [name] = json.loads(capfd.readouterr().out)
    assert name == "foundation-minimal"

    answering["ssm.GetParameter"] = "ParameterNotFound"
    assert program.run(*arguments) == 1
    first = json.loads(capfd.readouterr().out)["foundation-minimal"][0]
    assert (first["status"], first["subject"]) == ("failed", "bootstrap")


def test_policy_of_the_docs_allows_each_question(stages: dict[str, Stage]) -> None:
    """Each call that a question makes is in the policy of docs/preflight.md."""
    page = (ROOT / "docs" / "preflight.md").read_text("utf-8")
    policy = json.loads(page.split("## Permissions\n\n```text\n")[1].split("```")[0])
    allowed = {action.lower() for one in policy["Statement"] for action in one["Action"]}
    called = {name.lower() for case in CASES for name in case[2]}
    by_arn = {(one.service, one.operation) for one in references.KINDS}
    called |= {f"{service}.{operation.replace('_', '')}" for service, operation in by_arn}
    renamed = {"apigateway.getaccount": "apigateway:get", "s3.headobject": "s3:getobject"}
    renamed |= {"s3.listobjectsv2": "s3:listbucket", "cloudcontrol.getresource": ""}
    wanted = {
        renamed.get(name, name.replace("service-quotas", "servicequotas").replace(".", ":"))
        for name in called
    }

    assert wanted - {""} <= allowed
    assert not [action for action in allowed if action.endswith(":*") or action == "*"]
