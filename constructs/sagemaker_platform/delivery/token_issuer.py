"""Issuers of OpenID Connect tokens that an account trusts."""

import re

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import format_arn


@checks_types
class TokenIssuer(Construct):
    """The IAM OpenID Connect provider of an issuer of tokens.

    An account has one provider for an issuer (IAM API Reference: CreateOpenIDConnectProvider).
    Other roles of the account may trust the same provider.

    Args:
        url: address of the issuer, such as ``https://token.actions.githubusercontent.com``,
            without a slash at the end.
        audience: audience of the tokens (the claim ``aud``).
        exists: whether the account has the provider already. Then it must list the audience among
            its client ids. Defaults to a provider that is created.
        removal_policy: what happens to a created provider when it leaves the stack. Defaults to
            `RemovalPolicy.DESTROY`, after which no role of the account can trust the issuer.

    Attributes:
        arn: ARN of the provider.
        name: address without ``https://``. The names of the condition keys begin with it.
        audience: audience of the tokens.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        url: str,
        audience: str,
        exists: bool = False,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        if not re.fullmatch(r"https://[a-z0-9.-]+(/[^/?#\s]+)*", url):
            raise ValueError(
                f"url: got {url!r}; must be an address with https:// and without a slash at the "
                "end, such as https://token.actions.githubusercontent.com"
            )
        super().__init__(scope, id)
        self.name = url.removeprefix("https://")
        self.audience = audience
        if exists:
            arn = format_arn(self, service="iam", resource="oidc-provider", resource_name=self.name)
            # ARNs of IAM have no region.
            parts = arn.split(":")
            self.arn = ":".join([*parts[:3], "", *parts[4:]])
            return
        # IAM finds the certificate's thumbprint itself (AWS::IAM::OIDCProvider: ThumbprintList).
        provider = iam.CfnOIDCProvider(self, "Resource", url=url, client_id_list=[audience])
        provider.apply_removal_policy(removal_policy)
        self.arn = provider.attr_arn
