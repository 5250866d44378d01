"""Settings of Studio that only SageMaker's API takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.functions.watch import watched
from sagemaker_platform.security import WildcardStatement
from sagemaker_platform.studio.apps import IdleShutdown
from sagemaker_platform.studio.canvas import CanvasSettings
from sagemaker_platform.studio.domain import StudioDomain
from sagemaker_platform.studio.user_profile import UserProfile

SpaceApp = Literal["JupyterLab", "CodeEditor"]
"""The app that a space is for."""


@dataclass(frozen=True, kw_only=True)
class DomainApiSettings:
    """Settings of a domain; what is absent is not touched.

    Args:
        canvas: what is on in Canvas.
        trusted_identity_propagation: whether apps act with their user's identity of IAM
            Identity Center towards services that know it, such as Lake Formation. The
            domain needs ``auth_mode`` SSO, and its users' roles `carry_identity`.
        rootless_docker: whether Docker runs without root; for a domain with Docker.
        amazon_q_profile_arn: profile of Amazon Q Developer whose subscriptions users get; the
            domain needs ``auth_mode`` SSO.
    """

    canvas: CanvasSettings | None = None
    trusted_identity_propagation: bool | None = None
    rootless_docker: bool | None = None
    amazon_q_profile_arn: str | None = None

    def to_api(self) -> Mapping[str, Any]:
        """Return the settings as the API of SageMaker describes a domain."""
        domain: dict[str, Any] = {}
        if self.trusted_identity_propagation is not None:
            status = _status(self.trusted_identity_propagation)
            domain["TrustedIdentityPropagationSettings"] = {"Status": status}
        if self.rootless_docker is not None:
            domain["DockerSettings"] = {"RootlessDocker": _status(self.rootless_docker)}
        if self.amazon_q_profile_arn is not None:
            domain["AmazonQSettings"] = {
                "Status": "ENABLED",
                "QProfileArn": self.amazon_q_profile_arn,
            }
        settings = {"DomainSettings": domain} if domain else {}
        if self.canvas is not None:
            settings["DefaultUserSettings"] = {"CanvasAppSettings": self.canvas.to_api()}
        return settings


@dataclass(frozen=True, kw_only=True)
class UserApiSettings:
    """Settings of one user, in place of the domain's.

    Args:
        profile: the user.
        idle_shutdown: time until an idle app is stopped, and the range that users may choose.
        canvas: what is on in Canvas.
    """

    profile: UserProfile
    idle_shutdown: IdleShutdown | None = None
    canvas: CanvasSettings | None = None


@dataclass(frozen=True, kw_only=True)
class SpaceApiSettings:
    """Settings of one space, in place of its user's and the domain's.

    Args:
        space: the space.
        app: what it is for.
        idle_minutes: when its app is stopped if idle, within the limits of user and domain.
    """

    space: sagemaker.CfnSpace
    app: SpaceApp
    idle_minutes: int


class StudioApiSettings(Construct):
    """A custom resource with the settings of Studio that CloudFormation does not know.

    It is one for a domain with all its users and spaces, so that hundreds of users fit into
    a stack, and a user's change is a change of a few lines. It changes only the values that
    are given; others, which CloudFormation or a person has set, stay. It comes after
    the domain, users and spaces, and runs again whenever CloudFormation updates one of them,
    because such an update may reset what it does not know.

    What is no longer given is taken back: a switch of the domain is turned off, anything else
    is left out, so that SageMaker's or the domain's own value counts. When the stack itself is
    deleted, nothing is changed.

    That SageMaker's API takes these settings, and CloudFormation does not, is as of botocore
    1.44 and the resource schemas of October 2026. That an update replaces the blocks it holds
    and keeps the others is how AWS's guides use it; whether SageMaker forgets what an update
    leaves out, only AWS can show. If it does not, the deployment fails and names the value.

    Args:
        domain: the domain.
        settings: settings of the domain.
        users: settings of users.
        spaces: settings of spaces.
        key: encrypts the logs; its policy must allow CloudWatch Logs to use it.
        log_retention_days: how long logs are kept; one of the periods that CloudWatch Logs
            offers. They go with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: StudioDomain,
        settings: DomainApiSettings,
        users: Sequence[UserApiSettings] = (),
        spaces: Sequence[SpaceApiSettings] = (),
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        of_domain = settings.to_api()
        properties: dict[str, Any] = {
            "DomainId": domain.resource.attr_domain_id,
            **({"Settings": of_domain, "Watched": watched(domain.resource)} if of_domain else {}),
            "UserProfiles": {
                str(user.profile.resource.user_profile_name): _user(user) for user in users
            },
            "Spaces": {str(space.space.space_name): _space(space) for space in spaces},
        }
        canvas = [settings.canvas, *(user.canvas for user in users)]
        waiting = WaitingResource(
            self,
            "Waiting",
            folder="studio_settings",
            resource_type="StudioSettings",
            properties={name: value for name, value in properties.items() if value},
            is_complete_statements=_statements(self, domain.resource, canvas),
            key=key,
            log_retention_days=log_retention_days,
            description="Settings of Studio",
            poll_seconds=15,
        )
        waiting.resource.node.add_dependency(
            domain.resource,
            *(user.profile.resource for user in users),
            *(space.space for space in spaces),
        )
        self.resource = waiting.resource


def _user(user: UserApiSettings) -> Mapping[str, Any]:
    entry: dict[str, Any] = {"Watched": watched(user.profile.resource)}
    if user.idle_shutdown is not None:
        entry["Idle"] = user.idle_shutdown.to_api()
    if user.canvas is not None:
        entry["Settings"] = {"CanvasAppSettings": user.canvas.to_api()}
    return entry


def _space(space: SpaceApiSettings) -> Mapping[str, Any]:
    return {
        "Apps": [space.app],
        "Idle": {"IdleTimeoutInMinutes": space.idle_minutes},
        "Watched": watched(space.space),
    }


def _statements(
    scope: Construct, domain: sagemaker.CfnDomain, canvas: Sequence[CanvasSettings | None]
) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)
    roles = dict.fromkeys(
        settings.bedrock_role.role_arn for settings in canvas if settings and settings.bedrock_role
    )
    statements = [
        iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stack.stack_id]),
        iam.PolicyStatement(
            actions=["sagemaker:DescribeDomain", "sagemaker:UpdateDomain"],
            resources=[domain.attr_domain_arn],
        ),
        *(
            WildcardStatement(
                actions=[f"sagemaker:Describe{noun}", f"sagemaker:Update{noun}"],
                resources=[
                    stack.format_arn(
                        service="sagemaker",
                        resource=resource,
                        resource_name=f"{domain.attr_domain_id}/*",
                    )
                ],
                wildcard_reason="Users and spaces of one domain, also those no longer set here.",
            )
            for noun, resource in (("UserProfile", "user-profile"), ("Space", "space"))
        ),
    ]
    if roles:
        statements.append(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=list(roles),
                conditions={
                    "StringEquals": {
                        "iam:PassedToService": ["bedrock.amazonaws.com", "sagemaker.amazonaws.com"]
                    }
                },
            )
        )
    return statements


def _status(on: bool) -> str:
    return "ENABLED" if on else "DISABLED"
