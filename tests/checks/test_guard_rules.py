"""Each Guard rule refuses what it is for, and nothing else."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cloudformation_validate as engine
import pytest

from sagemaker_platform.catalog.local_disks import has_local_storage
from sagemaker_platform.guardrails.document_rules import RULES as DOCUMENT_RULES
from sagemaker_platform.guardrails.document_rules import check_documents
from sagemaker_platform.guardrails.template_validation import TemplateValidation, validation_engine
from stacks.sagemaker_api import instance_types
from tests.exposure import EXPOSURE, REASONS, Resource
from tests.support import stacks

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def variant(instance_type: str = "ml.m5.large", **properties: Any) -> dict[str, Any]:
    return {"VariantName": "A", "ModelName": "m", "InstanceType": instance_type, **properties}


def configuration(**properties: Any) -> Resource:
    return "AWS::SageMaker::EndpointConfig", {"ProductionVariants": [variant()], **properties}


def policy(action: Any, kind: str = "ManagedPolicy", **statement: Any) -> Resource:
    allow = {"Effect": "Allow", "Action": action, "Resource": "*", **statement}
    return f"AWS::IAM::{kind}", {"PolicyDocument": {"Statement": [allow]}}


def role(arn: Any) -> Resource:
    return "AWS::IAM::Role", {"ManagedPolicyArns": [arn]}


def inline(action: Any, *, single: bool = False) -> Resource:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = {"Statement": statement if single else [statement]}
    return "AWS::IAM::Role", {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}


def managed_results(key: str | None, name: str = "dev-team") -> Resource:
    results = {"Enabled": True, "EncryptionConfiguration": {"KmsKey": key} if key else {}}
    return "AWS::Athena::WorkGroup", {
        "Name": name,
        "WorkGroupConfiguration": {
            "EnforceWorkGroupConfiguration": True,
            "ManagedQueryResultsConfiguration": results,
        },
    }


def workgroup(enforce: bool, key: str | None) -> Resource:
    encryption = {"EncryptionOption": "SSE_KMS", **({"KmsKey": key} if key else {})}
    return "AWS::Athena::WorkGroup", {
        "WorkGroupConfiguration": {
            "EnforceWorkGroupConfiguration": enforce,
            "ResultConfiguration": {"EncryptionConfiguration": encryption},
        }
    }


DOMAIN = "AWS::SageMaker::Domain"
API = "AWS::ApiGateway::RestApi"
NOTEBOOK = "AWS::SageMaker::NotebookInstance"
FEATURES = "AWS::SageMaker::FeatureGroup"
PARTNER = "AWS::SageMaker::PartnerApp"
ADMINISTRATOR = "iam::aws:policy/AdministratorAccess"
UNSAFE_SUB = {"Fn::Sub": "arn:${AWS::Partition}:" + ADMINISTRATOR}
UNSAFE_JOIN = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":" + ADMINISTRATOR]]}

CLUSTER = "AWS::SageMaker::Cluster"
FILE_SYSTEM = "AWS::FSx::FileSystem"
ROOT_VOLUME = {"EbsVolumeConfig": {"RootVolume": True, "VolumeKmsKeyId": KEY}}

ALLOW = {"Effect": "Allow", "Resource": "*"}


def pools(*instance_types: str) -> dict[str, Any]:
    return {"InstancePools": [{"InstanceType": name} for name in instance_types]}


# Of clusters that accept a customer-managed key.
CONTINUOUS = {"NodeProvisioningMode": "Continuous"}


def cluster(*storage: Mapping[str, Any]) -> Resource:
    group = {"InstanceGroupName": "a", "InstanceStorageConfigs": list(storage)}
    return CLUSTER, {**CONTINUOUS, "VpcConfig": {"Subnets": ["s"]}, "InstanceGroups": [group]}


def lustre(deployment_type: str, **properties: Any) -> Resource:
    configuration = {"DeploymentType": deployment_type}
    return FILE_SYSTEM, {"LustreConfiguration": configuration, **properties}


GROUP = "AWS::EC2::SecurityGroup"
INGRESS, EGRESS = f"{GROUP}Ingress", f"{GROUP}Egress"
EVERY_CHARACTER = "azAZ09 ._-:/()#,@[]+=&;{}!$*"


def joined(*parts: str) -> dict[str, Any]:
    return {"Fn::Join": ["", [*parts, {"Ref": "Group"}]]}


def described_policy(description: Any) -> Resource:
    kind, properties = policy("s3:GetObject")
    return kind, {**properties, "Description": description}


def group(**properties: Any) -> Resource:
    return GROUP, {"GroupDescription": "All workers", **properties}


# For each rule: what it refuses, and what it lets pass.
RULES: dict[str, tuple[list[Resource], list[Resource]]] = {
    **EXPOSURE,
    "STUDIO_DOMAIN_IN_VPC_ONLY": (
        [(DOMAIN, {"AppNetworkAccessType": "PublicInternetOnly"}), (DOMAIN, {"DomainName": "d"})],
        [(DOMAIN, {"AppNetworkAccessType": "VpcOnly"})],
    ),
    "STUDIO_DOMAIN_ENCRYPTED": (
        [(DOMAIN, {"DomainName": "d"}), (DOMAIN, {"KmsKeyId": "alias/aws/elasticfilesystem"})],
        [(DOMAIN, {"KmsKeyId": KEY}), (DOMAIN, {"KmsKeyId": {"Ref": "Key"}})],
    ),
    "NOTEBOOK_WITHOUT_INTERNET": (
        [(NOTEBOOK, {"DirectInternetAccess": "Enabled"}), (NOTEBOOK, {"RoleArn": "r"})],
        [(NOTEBOOK, {"DirectInternetAccess": "Disabled"})],
    ),
    "NOTEBOOK_ENCRYPTED": ([(NOTEBOOK, {"RoleArn": "r"})], [(NOTEBOOK, {"KmsKeyId": KEY})]),
    "MODEL_IN_VPC": (
        [("AWS::SageMaker::Model", {"ExecutionRoleArn": "r"})],
        [("AWS::SageMaker::Model", {"VpcConfig": {"Subnets": ["s"]}})],
    ),
    "DATA_CAPTURE_ENCRYPTED": (
        [configuration(DataCaptureConfig={"EnableCapture": True})],
        [configuration(DataCaptureConfig={"KmsKeyId": KEY}), configuration()],
    ),
    "ASYNC_RESULTS_ENCRYPTED": (
        [configuration(AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://b"}})],
        [configuration(AsyncInferenceConfig={"OutputConfig": {"KmsKeyId": KEY}})],
    ),
    "API_PRIVATE": (
        [
            (API, {"Policy": {}}),
            (API, {"EndpointConfiguration": {"Types": ["REGIONAL"]}, "Policy": {}}),
            (API, {"EndpointConfiguration": {"Types": ["PRIVATE"]}}),
        ],
        [(API, {"EndpointConfiguration": {"Types": ["PRIVATE"]}, "Policy": {}})],
    ),
    "ENDPOINT_VOLUMES_ENCRYPTED": (
        [
            configuration(),
            configuration(
                ProductionVariants=[variant("ml.g5.xlarge")],
                ShadowProductionVariants=[variant("ml.m5.large")],
            ),
            configuration(ProductionVariants=[pools("ml.g5.xlarge", "ml.m5.large")]),
            configuration(ProductionVariants=[{"VariantName": "neither"}]),
        ],
        [
            configuration(KmsKeyId=KEY),
            configuration(ProductionVariants=[pools("ml.g5.xlarge", "ml.g6.xlarge")]),
            configuration(ProductionVariants=[variant("ml.g5.xlarge")]),
            configuration(ProductionVariants=[{"ServerlessConfig": {"MemorySizeInMB": 1024}}]),
        ],
    ),
    "FEATURE_GROUP_ENCRYPTED": (
        [
            (FEATURES, {"OnlineStoreConfig": {"EnableOnlineStore": True}}),
            (FEATURES, {"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://b"}}}),
        ],
        [
            (FEATURES, {"OnlineStoreConfig": {"SecurityConfig": {"KmsKeyId": KEY}}}),
            (FEATURES, {"OfflineStoreConfig": {"S3StorageConfig": {"KmsKeyId": KEY}}}),
        ],
    ),
    "PARTNER_APP_ENCRYPTED": ([(PARTNER, {"Name": "a"})], [(PARTNER, {"KmsKeyId": KEY})]),
    "QUERY_RESULTS_ENCRYPTED": (
        [
            workgroup(enforce=False, key=KEY),
            workgroup(enforce=True, key=None),
            managed_results(key=None),
        ],
        [
            workgroup(enforce=True, key=KEY),
            managed_results(key=KEY),
            managed_results(key=None, name="dev-data_engineer-tables"),
        ],
    ),
    "CLUSTER_IN_VPC": ([(CLUSTER, {"ClusterName": "c"})], [cluster(ROOT_VOLUME)]),
    "CLUSTER_ROOT_VOLUMES_ENCRYPTED": (
        [(CLUSTER, {**CONTINUOUS, "InstanceGroups": [{"InstanceGroupName": "a"}]}), cluster({})],
        [
            cluster(ROOT_VOLUME),
            (CLUSTER, {"RestrictedInstanceGroups": []}),
            # SageMaker accepts no key without continuous provisioning.
            (CLUSTER, {"InstanceGroups": [{"InstanceGroupName": "a"}]}),
        ],
    ),
    "CLUSTER_VOLUMES_ENCRYPTED": (
        [cluster(ROOT_VOLUME, {"EbsVolumeConfig": {"VolumeSizeInGB": 1}})],
        [cluster(ROOT_VOLUME, {"FsxLustreConfig": {"DnsName": "fs"}})],
    ),
    "FILE_SYSTEM_ENCRYPTED": (
        [lustre("PERSISTENT_2"), (FILE_SYSTEM, {"OpenZFSConfiguration": {}})],
        [lustre("PERSISTENT_2", KmsKeyId=KEY), lustre("SCRATCH_2")],
    ),
    "METRICS_ENCRYPTED": (
        [("AWS::APS::Workspace", {"Alias": "a"})],
        [("AWS::APS::Workspace", {"KmsKeyArn": KEY})],
    ),
    "SECURITY_GROUP_DESCRIPTIONS": (
        [
            group(GroupDescription=joined("Glue's ")),
            group(SecurityGroupIngress=[{"Description": "Glue's workers"}]),
            group(SecurityGroupIngress=[{"Description": "x"}, {"Description": "a -> b"}]),
            group(SecurityGroupEgress=[{"Description": "x" * 256}]),
        ],
        [
            group(GroupDescription=joined(EVERY_CHARACTER)),
            group(SecurityGroupIngress=[{"Description": EVERY_CHARACTER}, {}]),
            group(SecurityGroupEgress=[{"Description": "x" * 255}]),
        ],
    ),
    "SECURITY_GROUP_RULE_DESCRIPTIONS": (
        [
            (INGRESS, {"Description": "Among Glue's workers"}),
            (INGRESS, {"Description": "gr\u00f6\u00dfer"}),
            (EGRESS, {"Description": "a\nb"}),
            (EGRESS, {"Description": "x" * 256}),
            (EGRESS, {"Description": joined("<", ">")}),
        ],
        [
            (INGRESS, {"Description": EVERY_CHARACTER}),
            (EGRESS, {"Description": "x" * 255}),
            (EGRESS, {"Description": joined("from ")}),
            (EGRESS, {"Description": {"Ref": "Text"}}),
            (EGRESS, {"IpProtocol": "-1"}),
        ],
    ),
    "POLICY_DESCRIPTIONS": (
        [
            described_policy("two\nlines"),
            described_policy("a\ttab"),
            described_policy(joined("two\n")),
        ],
        [described_policy("Glue's gr\u00f6\u00dfte \u2713 <1>"), described_policy(joined("one "))],
    ),
    "NO_ACTION_ON_EVERYTHING": (
        [
            policy("*"),
            policy("**"),
            policy(["s3:GetObject", "*"]),
            policy("sagemaker:*"),
            policy("*", kind="Policy"),
            policy("*", kind="RolePolicy"),
            ("AWS::IAM::Policy", {"PolicyDocument": {"Statement": [ALLOW | {"NotAction": "*"}]}}),
            ("AWS::IAM::Policy", {"PolicyDocument": {"Statement": ALLOW | {"Action": "*"}}}),
            policy("*:*"),
            policy("S3:*"),
            policy("s3:?*"),
            inline("*"),
            inline(["s3:GetObject", "iam:*"]),
            inline("IAM:*", single=True),
        ],
        [
            policy("s3:GetObject"),
            policy(["s3:Get*", "s3:PutObject"]),
            policy("*", Effect="Deny"),
            inline("s3:GetObject", single=True),
            ("AWS::IAM::Policy", {"PolicyDocument": {"Statement": ALLOW | {"Action": "a:b"}}}),
        ],
    ),
    "ROLES_WITHOUT_FULL_ACCESS": (
        [
            role("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"),
            role("arn:aws:iam::aws:policy/PowerUserAccess"),
            role(UNSAFE_SUB),
            role(UNSAFE_JOIN),
        ],
        [role({"Ref": "Policy"}), role("arn:aws:iam::aws:policy/ReadOnlyAccess")],
    ),
}  # fmt: skip


def found(resource: Resource) -> set[str]:
    """Return the rules that a resource alone breaks."""
    type_name, properties = resource
    template = {"Resources": {"Thing": {"Type": type_name, "Properties": properties}}}
    report = validation_engine().validate_template(
        engine.TemplateContent(json.dumps(template)),
        engine.ValidateConfig(disable_builtin_rules=True),
    )
    return {diagnostic.rule_id for diagnostic in report.diagnostics} | {
        finding.rule for finding in check_documents(template)
    }


def cases(index: int) -> list[Any]:
    return [
        pytest.param(rule, resource, id=f"{rule}-{number}")
        for rule, both in RULES.items()
        for number, resource in enumerate(both[index])
    ]


@pytest.mark.parametrize(("rule", "resource"), cases(0))
def test_refuses(rule: str, resource: Resource) -> None:
    assert rule in found(resource)


@pytest.mark.parametrize(("rule", "resource"), cases(1))
def test_lets_pass(rule: str, resource: Resource) -> None:
    assert rule not in found(resource)


def test_every_rule_has_its_cases() -> None:
    names = {rule.id for rule in validation_engine().list_rules() if "_" in rule.id}
    assert names | set(DOCUMENT_RULES) == set(RULES)
    assert TemplateValidation().name == "CloudFormation Validate"


def test_local_disks_match_the_construct() -> None:
    """Two regular expressions, in two languages, mean the same."""
    for instance_type in instance_types("ProductionVariantInstanceType"):
        resource = configuration(ProductionVariants=[variant(instance_type)])
        keyless = "ENDPOINT_VOLUMES_ENCRYPTED" not in found(resource)
        assert keyless is has_local_storage(instance_type), instance_type


def test_every_type_has_a_rule_or_a_reason(examples: Path) -> None:
    """A capability that creates a new type says what guards it, or why nothing has to."""
    ruled = {type_name for both in RULES.values() for type_name, _ in both[0]}
    created = {
        resource["Type"]
        for stack in stacks(examples)
        for resource in json.loads(stack.file.read_text("utf-8"))["Resources"].values()
        if not resource["Type"].startswith("Custom::")
    }
    assert created - ruled - set(REASONS) == set()
    assert set(REASONS) & ruled == set()
    assert set(REASONS) <= created
