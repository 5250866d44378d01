"""What a person may do inside Studio."""

from collections.abc import Iterable, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn, write_logs

_OWN_PROFILE = "user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}"
_ONLY_BY_POLICY_VARIABLE = (
    "Domain and user are those of the caller's session, through IAM policy variables; "
    "names of apps and spaces are the users' own."
)

_OWNER = "sagemaker:OwnerUserProfileArn"
_INSTANCE_TYPES = "sagemaker:InstanceTypes"
_NO_CHOICE = "system"
"""The instance type of apps that have no other, such as RStudio's server and Canvas."""


def studio_user_statements(
    scope: IConstruct,
    *,
    allowed_instance_types: Sequence[str] | None = None,
    exceptions: Mapping[str, Sequence[str]] | None = None,
) -> Sequence[iam.PolicyStatement]:
    """Return what a user needs to open Studio and to run spaces and apps.

    A user owns the private spaces they create, and runs apps in them. Spaces of others stay
    closed; for shared ones there is `shared_space_statements`. The shape follows AWS's guide
    ("Give your users access to spaces"), narrowed to the account and region of ``scope``.

    Args:
        scope: where the statements are for.
        allowed_instance_types: instance types that apps may use. Defaults to all.
        exceptions: instance types for the spaces of single users instead, by
            the name of their profile.
    """
    stack = Stack.of(scope)

    def arn(resource: str) -> str:
        return format_arn(stack, service="sagemaker", resource=resource)

    owned = {"ArnLike": {"sagemaker:OwnerUserProfileArn": arn(_OWN_PROFILE)}}
    return [
        iam.PolicyStatement(
            actions=["sagemaker:CreatePresignedDomainUrl"],
            resources=[arn(_OWN_PROFILE)],
        ),
        WildcardStatement(
            actions=[
                "sagemaker:DescribeApp",
                "sagemaker:DescribeAppImageConfig",
                "sagemaker:DescribeDomain",
                "sagemaker:DescribeImage",
                "sagemaker:DescribeImageVersion",
                "sagemaker:DescribeSpace",
                "sagemaker:DescribeStudioLifecycleConfig",
                "sagemaker:DescribeUserProfile",
                "sagemaker:ListAppImageConfigs",
                "sagemaker:ListApps",
                "sagemaker:ListDomains",
                "sagemaker:ListImageVersions",
                "sagemaker:ListImages",
                "sagemaker:ListSpaces",
                "sagemaker:ListStudioLifecycleConfigs",
                "sagemaker:ListUserProfiles",
            ],
            resources=["*"],
            wildcard_reason="Studio lists before it knows a name; reading names only.",
        ),
        WildcardStatement(
            actions=["sagemaker:AddTags"],
            resources=[arn(f"{kind}/*") for kind in ("app", "space")],
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            wildcard_reason="Only while creating an app or a space, which Studio tags.",
        ),
        WildcardStatement(
            actions=["sagemaker:CreateSpace", "sagemaker:DeleteSpace", "sagemaker:UpdateSpace"],
            resources=[arn("space/${sagemaker:DomainId}/*")],
            conditions={
                **owned,
                "StringEquals": {"sagemaker:SpaceSharingType": ["Private"]},
            },
            wildcard_reason=_ONLY_BY_POLICY_VARIABLE,
        ),
        WildcardStatement(
            actions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
            resources=[arn("app/${sagemaker:DomainId}/*")],
            conditions={**owned, "StringEquals": {"sagemaker:SpaceSharingType": ["Private"]}},
            wildcard_reason=_ONLY_BY_POLICY_VARIABLE,
        ),
        *_instance_types(arn("app/*"), arn("space/*"), allowed_instance_types, exceptions or {}),
        write_logs(scope, "/aws/sagemaker/studio"),
    ]


def shared_space_statements(scope: IConstruct) -> Sequence[iam.PolicyStatement]:
    """Return what a user needs to make shared spaces, and to run apps in any of them.

    Apps in shared spaces run with the domain's role for spaces, for each user: this is
    for people who have that role anyway.
    """
    stack = Stack.of(scope)

    def arn(resource: str) -> str:
        return format_arn(stack, service="sagemaker", resource=resource)

    shared = {"StringEquals": {"sagemaker:SpaceSharingType": ["Shared"]}}
    return [
        WildcardStatement(
            actions=["sagemaker:CreateSpace", "sagemaker:DeleteSpace", "sagemaker:UpdateSpace"],
            resources=[arn("space/${sagemaker:DomainId}/*")],
            conditions={**shared, "ArnLike": {_OWNER: arn(_OWN_PROFILE)}},
            wildcard_reason=_ONLY_BY_POLICY_VARIABLE,
        ),
        WildcardStatement(
            actions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
            resources=[arn("app/${sagemaker:DomainId}/*")],
            conditions=shared,
            wildcard_reason=_ONLY_BY_POLICY_VARIABLE,
        ),
    ]


def _instance_types(
    apps: str,
    spaces: str,
    allowed: Sequence[str] | None,
    exceptions: Mapping[str, Sequence[str]],
) -> list[iam.PolicyStatement]:
    """Return what keeps apps off instance types that are not allowed.

    Denials, as in AWS's guide ("Limit which instance types users can choose"): they hold
    whatever other policies allow, and a list needs one statement, not one for each way to
    run an app. What asks for no instance type is not denied: it gets the default of its
    space, its user or the domain. So spaces are held to the same list.
    """
    users_by_list: dict[tuple[str, ...], list[str]] = {}
    for user, types in exceptions.items():
        users_by_list.setdefault(tuple(types), []).append(user)
    rules = [
        (types, {"StringLike": {_OWNER: _profiles(users)}})
        for types, users in users_by_list.items()
    ]
    if allowed is not None:
        others = {"StringNotLike": {_OWNER: _profiles(exceptions)}} if exceptions else {}
        rules.append((tuple(allowed), others))
    return [
        WildcardStatement(
            effect=iam.Effect.DENY,
            actions=["sagemaker:CreateApp", "sagemaker:CreateSpace", "sagemaker:UpdateSpace"],
            resources=[apps, spaces],
            conditions={
                "ForAnyValue:StringNotEquals": {_INSTANCE_TYPES: [*types, _NO_CHOICE]},
                **whose,
            },
            wildcard_reason="Forbids, in every domain.",
        )
        for types, whose in rules
    ]


def _profiles(names: Iterable[str]) -> list[str]:
    """Return patterns of the ARNs of profiles, short, since a policy has 6144 characters."""
    return [f"*/{name}" for name in sorted(names)]
