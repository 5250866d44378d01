"""What IAM would refuse at a deploy is refused at the synth, with the figure and a remedy."""

from typing import Any

import pytest

from sagemaker_platform.guardrails.iam_limits import check_iam_limits
from sagemaker_platform.guardrails.longest_values import LongestValues
from sagemaker_platform.synthesized_stack import SynthesizedStack

OUTPUT = {"Fn::GetStackOutput": {"StackName": "dev-access", "OutputName": "Role"}}
ROLE_ARN = {"Fn::GetStackOutput": {"StackName": "dev-access", "OutputName": "RoleArn"}}
NAME_IN_ARN = {"Fn::Select": [1, {"Fn::Split": ["/", ROLE_ARN]}]}
ARN = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def stack(name: str = "access", /, **resources: Any) -> SynthesizedStack:
    outputs = {
        "Role": {"Value": {"Ref": "Role"}},
        "RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}},
    }
    return SynthesizedStack(
        name=f"dev-{name}",
        account="111111111111",
        region="eu-west-1",
        template={"Resources": resources, "Outputs": outputs},
    )


def document(*resources: Any) -> dict[str, Any]:
    return {"Statement": [{"Action": "s3:GetObject", "Resource": list(resources)}]}


EMPTY = len('{"Statement":[{"Action":"s3:GetObject","Resource":[]}]}')


def of_length(length: int) -> dict[str, Any]:
    """Return a document of so many characters."""
    return document("x" * (length - EMPTY - 2))


def managed(policy: Any = None, **properties: Any) -> dict[str, Any]:
    properties = {"PolicyDocument": policy or document("x"), **properties}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def inline(length: int, kind: str = "Policy", **properties: Any) -> dict[str, Any]:
    return {
        "Type": f"AWS::IAM::{kind}",
        "Properties": {"PolicyDocument": of_length(length), **properties},
    }


def role(trust: int = 100, policies: int = 0, *inline: int) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": of_length(trust),
            "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{one}" for one in range(policies)],
            "Policies": [{"PolicyDocument": of_length(one)} for one in inline],
        },
    }


def found(*stacks: SynthesizedStack) -> list[str]:
    return [
        f"{one.rule} {one.stack.name} {one.logical_id} {one.message.split(' ')[1].strip(';')}"
        for one in check_iam_limits(stacks)
    ]


@pytest.mark.parametrize(
    ("at_limit", "above", "rule"),
    [
        ({"A": managed(of_length(6_144))}, {"A": managed(of_length(6_145))}, "IAM_POLICY_LENGTH"),
        ({"A": role(2_048)}, {"A": role(2_049)}, "IAM_TRUST_POLICY_LENGTH"),
        (
            {"A": role(100, 0, 5_000, 5_240)},
            {"A": role(100, 0, 5_000, 5_241)},
            "IAM_INLINE_POLICIES_LENGTH",
        ),
        (
            {"A": {"Type": "AWS::IAM::User"}, "B": inline(2_048, Users=[{"Ref": "A"}])},
            {"A": {"Type": "AWS::IAM::User"}, "B": inline(2_049, Users=[{"Ref": "A"}])},
            "IAM_INLINE_POLICIES_LENGTH",
        ),
        ({"A": role(100, 10)}, {"A": role(100, 11)}, "IAM_ATTACHED_POLICIES"),
    ],
)
def test_each_limit_is_exact(at_limit: dict[str, Any], above: dict[str, Any], rule: str) -> None:
    assert found(stack("access", **at_limit)) == []
    [fault] = found(stack("access", **above))
    assert fault.startswith(f"{rule} dev-access A ")


@pytest.mark.parametrize("reference", [OUTPUT, NAME_IN_ARN], ids=["name", "arn"])
def test_policies_count_on_a_role_of_another_stack(reference: Any) -> None:
    access = stack(Role=role(100, 8, 4_000), Own=managed(Roles=[{"Ref": "Role"}]))
    inlines = {
        "C": inline(4_000, Roles=[reference]),
        "D": inline(4_000, "RolePolicy", RoleName=reference),
    }
    attached = {one: managed(Roles=[reference]) for one in "AB"}
    compute = stack("compute", **attached, **inlines)

    assert found(compute, access) == [
        "IAM_ATTACHED_POLICIES dev-access Role 11",
        "IAM_INLINE_POLICIES_LENGTH dev-access Role 12,000",
    ]
    assert found(access) == []


def test_policies_of_an_existing_role_are_told_where_they_are() -> None:
    policies = {f"P{one}": managed(Roles=["existing"]) for one in range(11)}
    assert found(stack(**policies)) == ["IAM_ATTACHED_POLICIES dev-access P0 11"]


def test_roles_of_one_id_in_two_stacks_are_two_roles() -> None:
    policies = {f"P{one}": managed(Roles=[{"Ref": "Role"}]) for one in range(6)}
    resources = {"Role": role(), **policies}
    assert found(stack(**resources), stack("other", **resources)) == []


def test_a_finding_has_a_figure_and_a_remedy() -> None:
    [fault] = check_iam_limits([stack(A=managed(of_length(7_000)))])
    assert fault.message.startswith(
        "got 7,000; must be at most 6,144 characters of a managed policy. Let it reach less: "
        "fewer layers"
    )
    assert fault.path == "Properties.PolicyDocument"


# What a value is once it is deployed, or one as long as it may get.
DEPLOYED = {
    "arn:aws:s3:::dev-access-Data-a1b2c3d4e5f6/*": {
        "Fn::Join": ["", [{"Fn::GetAtt": ["Data", "Arn"]}, "/*"]]
    },
    "arn:aws:s3:::named": {"Fn::GetAtt": ["Named", "Arn"]},
    "named": {"Ref": "Named"},
    ARN: {"Fn::GetAtt": ["Key", "Arn"]},
    "arn:aws:iam::111111111111:role/team/dev-access-Role-a1b2c3d4e5f6": ROLE_ARN,
    "dev-access-Role-a1b2c3d4e5f6": OUTPUT,
    "arn:aws:iam::111111111111:policy/dev-access-Managed-a1b2c3d4e5f6": {"Ref": "Managed"},
    "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/x:*": {"Fn::GetAtt": ["Log", "Arn"]},
    "arn:aws:states:eu-west-1:111111111111:stateMachine:Machine-a1b2c3d4e5f6": {"Ref": "Machine"},
    "arn:aws:redshift-serverless:eu-west-1:111111111111:namespace/1234abcd-12ab-34cd-56ef-123456789"
    "0ab": {"Fn::GetAtt": ["Namespace", "Namespace.NamespaceArn"]},
    "arn:aws:secretsmanager:eu-west-1:111111111111:secret:s-AbCdEf": {"Ref": "Secret"},
    "arn:aws:glue:eu-west-1:111111111111:catalog": {
        "Fn::Sub": "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:catalog"
    },
    "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/" + 32 * "A": {
        "Fn::GetAtt": ["Provider", "Arn"]
    },
    "eu-west-1": {"Fn::Select": ["3", {"Fn::Split": [":", {"Fn::GetAtt": ["Key", "Arn"]}]}]},
}


def test_references_count_no_less_than_what_they_stand_for_and_little_more() -> None:
    def made(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::{kind}", "Properties": properties}

    one = stack(
        Data=made("S3::Bucket"),
        Named=made("S3::Bucket", BucketName="named"),
        Key=made("KMS::Key"),
        Role=made("IAM::Role", Path="/team/"),
        Managed=made("IAM::ManagedPolicy"),
        Log=made("Logs::LogGroup", LogGroupName="/aws/x"),
        Machine=made("StepFunctions::StateMachine"),
        Namespace=made("RedshiftServerless::Namespace", NamespaceName="n"),
        Secret=made("SecretsManager::Secret", Name="s"),
        Provider=made("IAM::OIDCProvider"),
    )
    values = LongestValues([one])
    lengths = {
        deployed: len(values.of(one, reference)) - len(deployed)
        for deployed, reference in DEPLOYED.items()
    }
    assert {text: more for text, more in lengths.items() if not 0 <= more <= 24} == {}


def test_what_is_not_known_counts_as_much() -> None:
    one = stack(Custom={"Type": "Custom::Thing"})
    values = LongestValues([one])
    for reference in (
        {"Fn::GetAtt": ["Custom", "Arn"]},
        {"Fn::ImportValue": "x"},
        {"Ref": "Parameter"},
        {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "x"}},
    ):
        assert len(values.of(one, reference)) >= 100, reference
