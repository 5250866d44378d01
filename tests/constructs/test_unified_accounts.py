"""Other accounts of a domain of Unified Studio: share, order, users, and the key."""

from typing import Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_platform.unified_studio import (
    IdentityCenterSignIn,
    JoinedAccounts,
    UnifiedStudioDomain,
    share_domain_key,
)

SALES, RESEARCH = "222222222222", "333333333333"


@pytest.fixture(scope="module")
def template() -> Template:
    stack = Stack(App(), "One", env=Environment(account="123456789012", region="eu-west-1"))
    key = kms.Key(stack, "Key")
    domain = UnifiedStudioDomain(
        stack,
        "Domain",
        name="dev",
        key=key,
        sign_in=IdentityCenterSignIn(instance_arn="arn:aws:sso:::instance/ssoins-0123456789abcdef"),
        log_retention_days=30,
        removal_policy=RemovalPolicy.DESTROY,
    )
    JoinedAccounts(
        stack,
        "Accounts",
        domain=domain,
        name="dev",
        accounts={"Sales": SALES, "Research": RESEARCH},
        key=key,
        log_retention_days=30,
    )
    share_domain_key(key, accounts=[SALES, RESEARCH])
    return Template.from_stack(stack)


def test_each_account_has_a_share_within_the_organization(template: Template) -> None:
    shares = [
        one["Properties"] for one in template.find_resources("AWS::RAM::ResourceShare").values()
    ]
    assert [one["Principals"] for one in shares] == [[SALES], [RESEARCH]]
    for one in shares:
        assert one["AllowExternalPrincipals"] is False
        assert len(one["ResourceArns"]) == 1
        [permission] = one["PermissionArns"]
        assert str(permission).count("AmazonDatazoneDomainExtendedServiceAccess") == 1
        assert "WithPortalAccess" not in str(permission)


def test_deploying_role_is_a_user_after_the_association(template: Template) -> None:
    waits = template.find_resources("Custom::UnifiedStudioAssociation")
    by_account = {one["Properties"]["Account"]: name for name, one in waits.items()}
    assert set(by_account) == {SALES, RESEARCH}
    users = template.find_resources("Custom::UnifiedStudioUserProfile").values()
    assert len(users) == 2
    for user in users:
        text = str(user["Properties"]["User"])
        [account] = [one for one in by_account if one in text]
        assert f"cdk-hnb659fds-cfn-exec-role-{account}-eu-west-1" in text
        assert by_account[account] in user["DependsOn"]


def test_key_works_for_the_domain_only(template: Template) -> None:
    [key] = template.find_resources("AWS::KMS::Key").values()
    shared: list[dict[str, Any]] = [
        one for one in key["Properties"]["KeyPolicy"]["Statement"] if SALES in str(one["Principal"])
    ]
    actions = [one["Action"] for one in shared]
    assert actions == [["kms:Decrypt", "kms:GenerateDataKey"], "kms:CreateGrant"]
    for one in shared:
        assert RESEARCH in str(one["Principal"])
        conditions = one["Condition"]
        assert conditions["StringEquals"] == {"kms:ViaService": "datazone.eu-west-1.amazonaws.com"}
        assert conditions["ForAnyValue:StringEquals"] == {
            "kms:EncryptionContextKeys": "aws:datazone:domainId"
        }
    assert shared[1]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
