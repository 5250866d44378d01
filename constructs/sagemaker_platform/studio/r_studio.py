"""RStudio in a Studio domain."""

from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import ExecutionRole, WildcardStatement, write_logs

RStudioAccess = Literal["none", "user", "administrator"]
"""The role of a user in RStudio."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class RStudio:
    """RStudio Workbench in addition to the other apps.

    It needs a licence of Posit, which AWS License Manager must have granted to the account
    before the domain is deployed (AWS: "RStudio license").

    Args:
        access: what users are in RStudio unless their profile says otherwise.
        connect_url: URL of an RStudio Connect server.
        package_manager_url: URL of an RStudio Package Manager.
    """

    access: RStudioAccess = "none"
    connect_url: str | None = None
    package_manager_url: str | None = None


def access_property(access: RStudioAccess) -> dict[str, Any]:
    """Return the properties of a domain or a profile that give access to RStudio."""
    if access == "none":
        return {"accessStatus": "DISABLED"}
    admin = access == "administrator"
    return {
        "accessStatus": "ENABLED",
        "userGroup": "R_STUDIO_ADMIN" if admin else "R_STUDIO_USER",
    }


def domain_role(scope: Construct) -> iam.IRole:
    """Make the role that fetches the licence and runs RStudio's server for a domain.

    Its statements are those of AWS's guide ("Create a DomainExecution role"), without what
    concerns all log groups, and narrowed to the server's app.
    """
    stack = Stack.of(scope)
    server = stack.format_arn(
        service="sagemaker",
        resource="app/*/domain-shared/rstudioserverpro/*",
        arn_format=ArnFormat.NO_RESOURCE_NAME,
    )
    return ExecutionRole(
        scope,
        "RStudioRole",
        description="Runs RStudio's server and fetches its licence",
        statements=[
            WildcardStatement(
                actions=[
                    "license-manager:CheckInLicense",
                    "license-manager:CheckoutLicense",
                    "license-manager:ExtendLicenseConsumption",
                    "license-manager:GetLicense",
                    "license-manager:ListReceivedLicenses",
                ],
                resources=["*"],
                wildcard_reason="The licence is Posit's; only License Manager knows its ARN.",
            ),
            WildcardStatement(
                actions=["sagemaker:CreateApp"],
                resources=[server],
                wildcard_reason="The server of a domain whose id is not known before it exists.",
            ),
            write_logs(scope, "/aws/sagemaker/studio"),
        ],
    ).role


def session_statements(scope: Construct) -> list[iam.PolicyStatement]:
    """Return what a user needs to run sessions of RStudio, which belong to no space."""
    return [
        WildcardStatement(
            actions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
            resources=[
                Stack.of(scope).format_arn(
                    service="sagemaker",
                    resource="app/${sagemaker:DomainId}/${sagemaker:UserProfileName}"
                    "/rsessiongateway/*",
                    arn_format=ArnFormat.NO_RESOURCE_NAME,
                )
            ],
            wildcard_reason="The caller's own sessions, through IAM policy variables.",
        )
    ]
