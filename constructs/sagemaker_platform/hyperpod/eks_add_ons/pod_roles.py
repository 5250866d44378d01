"""Roles that pods of one EKS cluster take."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Fn, Stack, Token
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import AccessPolicy, WildcardStatement


@checks_types
class PodRole(Construct):
    """A role for the pods of one service account, by EKS Pod Identity.

    No other pod and no other cluster can take it: EKS says who asks in tags of the session
    (AWS: "Create IAM role with trust policy required by EKS Pod Identity").

    Args:
        cluster_arn: ARN of the EKS cluster.
        namespace: of the service account.
        service_account: its name.
        description: what the role is for.
        statements: permissions of the role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_arn: str,
        namespace: str,
        service_account: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, id)
        self.namespace = namespace
        self.service_account = service_account
        policy = AccessPolicy(self, "Policy", statements=statements, description=description)
        self.role = iam.Role(
            self,
            "Resource",
            description=description,
            assumed_by=iam.SessionTagsPrincipal(
                iam.ServicePrincipal("pods.eks.amazonaws.com")
            ).with_conditions(
                {
                    "StringEquals": {
                        "aws:SourceAccount": Stack.of(self).account,
                        "aws:SourceArn": cluster_arn,
                        "aws:RequestTag/kubernetes-namespace": namespace,
                        "aws:RequestTag/kubernetes-service-account": service_account,
                    }
                }
            ),
            managed_policies=[policy.managed_policy],
        )


@checks_types
class WebIdentityProvider(Construct):
    """The tokens of an EKS cluster's service accounts, as IAM knows them.

    Args:
        issuer_url: address at which the cluster describes its tokens.
        arn: ARN of a provider that is there already: IAM has one for an address. Defaults to a
            provider that is created.
    """

    def __init__(
        self, scope: Construct, id: str, *, issuer_url: str, arn: str | None = None
    ) -> None:
        super().__init__(scope, id)
        if not Token.is_unresolved(issuer_url) and not issuer_url.startswith("https://"):
            raise ValueError(f"issuer_url: got {issuer_url!r}; must be a URL with https://")
        self.arn = (
            arn
            or iam.CfnOIDCProvider(
                self, "Resource", url=issuer_url, client_id_list=["sts.amazonaws.com"]
            ).attr_arn
        )
        self.host = Fn.select(1, Fn.split("//", issuer_url))


@checks_types
class WebIdentityRole(Construct):
    """A role for the pods of one service account, by its token (IRSA).

    For what cannot use EKS Pod Identity: add-ons that want the ARN of a role instead.

    Args:
        provider: the tokens.
        service_account: ``<namespace>:<name>``; may hold ``*`` for names made later.
        description: what the role is for.
        statements: permissions of the role.
        sagemaker: whether SageMaker takes the role too, on behalf of the account.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        provider: WebIdentityProvider,
        service_account: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        sagemaker: bool = False,
    ) -> None:
        super().__init__(scope, id)
        policy = AccessPolicy(self, "Policy", statements=statements, description=description)
        self.role = iam.Role(
            self,
            "Resource",
            description=description,
            # Replaced below; a role has to have one.
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
            managed_policies=[policy.managed_policy],
        )
        trust: list[Mapping[str, Any]] = [
            {
                "Effect": "Allow",
                "Principal": {"Federated": "${Provider}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {"${Host}:aud": "sts.amazonaws.com"},
                    "StringLike": {"${Host}:sub": f"system:serviceaccount:{service_account}"},
                },
            }
        ]
        if sagemaker:
            trust.append(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}},
                }
            )
        resource = self.role.node.default_child
        assert isinstance(resource, iam.CfnRole)
        # As text: keys of the conditions hold the cluster's address, which is not known before,
        # and keys of a template are no expressions. CloudFormation takes either.
        resource.add_property_override(
            "AssumeRolePolicyDocument",
            Fn.sub(
                json.dumps({"Version": "2012-10-17", "Statement": trust}),
                {"Provider": provider.arn, "Host": provider.host},
            ),
        )


def write_logs_below(
    scope: IConstruct, prefix: str, *, wildcard_reason: str
) -> list[iam.PolicyStatement]:
    """Return what an agent needs to make log groups whose names begin alike, and write to them.

    Args:
        scope: whose account and region are meant.
        prefix: what the names begin with, without the slash at its end.
        wildcard_reason: why the names are not all known.
    """
    stack = Stack.of(scope)
    return [
        WildcardStatement(
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            resources=[
                f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{prefix}/*"
            ],
            wildcard_reason=wildcard_reason,
        ),
        WildcardStatement(
            actions=["logs:DescribeLogGroups"],
            resources=["*"],
            wildcard_reason="The agent lists groups to find its own.",
        ),
    ]
