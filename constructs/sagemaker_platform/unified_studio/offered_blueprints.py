"""Capabilities of the platform as blueprints: each project has one of its own.

Templates come from the same constructs as an environment, with what differs between projects as
parameters that Amazon DataZone fills.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from tempfile import TemporaryDirectory

from aws_cdk import (
    App,
    CfnOutput,
    CfnParameter,
    CfnTag,
    Fn,
    LegacyStackSynthesizer,
    RemovalPolicy,
    Stack,
)
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.feature_store import (
    Feature,
    FeatureGroup,
    OnlineStore,
    use_feature_groups,
    use_of_online_stores,
)
from sagemaker_platform.mlflow import NamedMlflowApp
from sagemaker_platform.security import AccessPolicy, WildcardStatement, format_arn
from sagemaker_platform.unified_studio.custom_blueprint import (
    STACK_PREFIX,
    BlueprintParameter,
    CustomBlueprint,
)

_BY_CLOUDFORMATION = {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}
_DOMAIN_TAG = "AmazonDataZoneDomain"
_OF_PROJECTS = "datazone_usr_role_*"


class _ProjectParts:
    """What Amazon DataZone tells the template of a blueprint."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.domain_id = self.parameter("datazoneEnvironmentDomainId")
        self.environment_id = self.parameter("datazoneEnvironmentEnvironmentId")
        self.project_id = self.parameter("datazoneEnvironmentProjectId")

    def parameter(self, name: str) -> str:
        return CfnParameter(self.stack, name).value_as_string

    @property
    def tags(self) -> dict[str, str]:
        """Tags by which AWS's policies tell the resources of a project."""
        return {
            _DOMAIN_TAG: self.domain_id,
            "AmazonDataZoneEnvironment": self.environment_id,
            "AmazonDataZoneProject": self.project_id,
        }

    def give_to_members(self, statements: Sequence[iam.PolicyStatement]) -> None:
        """Let the role of the project do something.

        Amazon DataZone attaches policies with such exports to the role. Source: AWS Big Data Blog,
        "Tailor Amazon SageMaker Unified Studio project environments" (2025-09-17).
        """
        policy = AccessPolicy(
            self.stack, "Access", statements=statements, description="Members of a project"
        ).managed_policy
        CfnOutput(
            self.stack,
            "AccessPolicy",
            value=policy.managed_policy_arn,
            export_name=f"datazone-managed-policy-access-{self.environment_id}",
        )


def _written(build: Callable[[_ProjectParts], None]) -> str:
    """Return the template of a stack that needs no bootstrapped account and no assets."""
    with TemporaryDirectory() as folder:
        app = App(
            analytics_reporting=False,
            auto_synth=False,
            builtin_cloud_formation_validation=False,
            outdir=folder,
        )
        stack = Stack(app, "Template", synthesizer=LegacyStackSynthesizer())
        build(_ProjectParts(stack))
        template = app.synth().get_stack_by_name("Template").template
    for resource in template["Resources"].values():
        resource.pop("Metadata", None)
    return json.dumps(template, indent=1)


@checks_types
def feature_group_blueprint(
    scope: IConstruct,
    *,
    domain_id: str,
    name: str,
    prefix: str,
    features: Sequence[Feature],
    record_identifier: str,
    event_time: str,
    online: OnlineStore,
    key: kms.IKey,
    description: str | None = None,
) -> CustomBlueprint:
    """Return a blueprint with a feature group that the members of a project read and write.

    The group has an online store, encrypted with the key of the environment, and no role. It goes
    with its records when the part of the project is deleted.

    Args:
        scope: its stack tells the account and the region.
        domain_id: ID of the domain.
        name: name of the blueprint.
        prefix: beginning of the names of groups, at most 40 characters. The ID of the project's
            environment follows.
        features: features in order.
        record_identifier: feature that identifies an entity.
        event_time: feature with the time of each record.
        online: the online store.
        key: encrypts the records.
        description: description that people see. Defaults to none.
    """
    groups = format_arn(
        scope, service="sagemaker", resource="feature-group", resource_name=f"{prefix}-*"
    )

    def build(project: _ProjectParts) -> None:
        stack = project.stack
        stored_with = kms.Key.from_key_arn(stack, "Key", project.parameter("keyArn"))
        group = f"{prefix}-{project.environment_id}"
        FeatureGroup(
            stack,
            "Group",
            name=group,
            features=features,
            record_identifier=record_identifier,
            event_time=event_time,
            key=stored_with,
            removal_policy=RemovalPolicy.DESTROY,
            online=online,
            description=description,
            tags=project.tags,
        )
        project.give_to_members(
            [
                *use_feature_groups(stack, read=[group], written=[group]),
                *use_of_online_stores(stored_with),
            ]
        )
        CfnOutput(stack, "FeatureGroupName", value=group)

    return CustomBlueprint(
        name=name,
        description=description,
        template=_written(build),
        parameters=[
            BlueprintParameter(
                name="keyArn", default=key.key_arn, description="Key of the environment"
            )
        ],
        statements=[
            WildcardStatement(
                actions=["sagemaker:CreateFeatureGroup"],
                resources=[groups],
                conditions={
                    "StringEquals": {
                        **_BY_CLOUDFORMATION,
                        f"aws:RequestTag/{_DOMAIN_TAG}": domain_id,
                    },
                    "ArnEquals": {"sagemaker:FeatureGroupOnlineStoreKmsKey": key.key_arn},
                },
                wildcard_reason="Feature groups of this blueprint in all projects.",
            ),
            WildcardStatement(
                actions=["sagemaker:DeleteFeatureGroup", "sagemaker:UpdateFeatureGroup"],
                resources=[groups],
                conditions={
                    "StringEquals": {
                        **_BY_CLOUDFORMATION,
                        f"aws:ResourceTag/{_DOMAIN_TAG}": domain_id,
                    }
                },
                wildcard_reason="Feature groups of this blueprint in all projects.",
            ),
            WildcardStatement(
                actions=[
                    "sagemaker:AddTags",
                    "sagemaker:DescribeFeatureGroup",
                    "sagemaker:ListTags",
                ],
                resources=[groups],
                conditions={"StringEquals": _BY_CLOUDFORMATION},
                wildcard_reason="Feature groups of this blueprint in all projects.",
            ),
            # As people need it who create groups: AWS, "Security and access control" of Feature
            # Store.
            iam.PolicyStatement(
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:GenerateDataKey",
                    "kms:ListGrants",
                ],
                resources=[key.key_arn],
            ),
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[key.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
            *_policies_of_members(scope),
        ],
    )


@checks_types
def mlflow_app_blueprint(
    scope: IConstruct,
    *,
    domain_id: str,
    name: str,
    prefix: str,
    maintenance_window_start: str,
    description: str | None = None,
) -> CustomBlueprint:
    """Return a blueprint with an MLflow App in which the members of a project track experiments.

    The App works with the role of the project, and keeps artifacts in the folder of the project in
    the bucket of the projects. Its experiments go when the part of the project is deleted; the
    artifacts stay.

    Sources: SageMaker Unified Studio Administrator Guide, "Custom blueprints as Tooling" (2026-10),
    for the folder; AWS's managed policy SageMakerStudioProjectUserRolePolicy for the role.

    Args:
        scope: its stack tells the account and the region.
        domain_id: ID of the domain.
        name: name of the blueprint.
        prefix: beginning of the names of Apps, at most 40 characters. The ID of the project's
            environment follows.
        maintenance_window_start: weekday and time of the weekly maintenance in UTC, such as
            ``Sun:03:00``.
        description: description that people see. Defaults to none.
    """

    def build(project: _ProjectParts) -> None:
        stack = project.stack
        bucket = Fn.select(1, Fn.split(":::", project.parameter("s3BucketArn")))
        folder = (
            f"{project.domain_id}/{project.project_id}/{project.parameter('datazoneScopeName')}"
        )
        app = sagemaker.CfnMlflowApp(
            stack,
            "App",
            name=f"{prefix}-{project.environment_id}",
            artifact_store_uri=f"s3://{bucket}/{folder}/mlflow",
            role_arn=project.parameter("userRoleArn"),
            model_registration_mode="AutoModelRegistrationDisabled",
            weekly_maintenance_window_start=maintenance_window_start,
            tags=[CfnTag(key=key, value=value) for key, value in project.tags.items()],
        )
        named = NamedMlflowApp(stack, "Named", arn=app.attr_arn)
        project.give_to_members(named.track_statements())
        CfnOutput(stack, "MlflowAppArn", value=app.attr_arn)

    apps = format_arn(scope, service="sagemaker", resource="mlflow-app", resource_name="*")
    reason = "SageMaker names Apps; the conditions require the tag of the domain."
    roles = f"arn:{Stack.of(scope).partition}:iam::{Stack.of(scope).account}:role/{_OF_PROJECTS}"
    return CustomBlueprint(
        name=name,
        description=description,
        template=_written(build),
        statements=[
            *(
                WildcardStatement(
                    actions=[action],
                    # An App has its ARN only once it is there.
                    resources=[resource],
                    conditions={
                        "StringEquals": {
                            **_BY_CLOUDFORMATION,
                            f"aws:RequestTag/{_DOMAIN_TAG}": domain_id,
                        }
                    },
                    wildcard_reason=reason,
                )
                for action, resource in (
                    ("sagemaker:CreateMlflowApp", "*"),
                    ("sagemaker:AddTags", apps),
                )
            ),
            WildcardStatement(
                actions=[
                    "sagemaker:DeleteMlflowApp",
                    "sagemaker:DescribeMlflowApp",
                    "sagemaker:ListTags",
                    "sagemaker:UpdateMlflowApp",
                ],
                resources=[apps],
                conditions={
                    "StringEquals": {
                        **_BY_CLOUDFORMATION,
                        f"aws:ResourceTag/{_DOMAIN_TAG}": domain_id,
                    }
                },
                wildcard_reason=reason,
            ),
            WildcardStatement(
                actions=["iam:PassRole"],
                resources=[roles],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                wildcard_reason="Roles that Amazon DataZone creates for projects.",
            ),
            *_policies_of_members(scope),
        ],
    )


def _policies_of_members(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return what it takes to write the policy of a template, and to give it to the project."""
    stack = Stack.of(scope)
    iam_arn = f"arn:{stack.partition}:iam::{stack.account}"
    policies = f"{iam_arn}:policy/{STACK_PREFIX}*"
    return [
        WildcardStatement(
            actions=[
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
                "iam:ListEntitiesForPolicy",
                "iam:ListPolicyVersions",
            ],
            resources=[policies],
            wildcard_reason="CloudFormation names policies after the stack of the project.",
        ),
        WildcardStatement(
            actions=["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            resources=[f"{iam_arn}:role/{_OF_PROJECTS}"],
            conditions={"ArnLike": {"iam:PolicyARN": policies}},
            wildcard_reason="Roles that Amazon DataZone creates for projects; the condition limits "
            "the policies to those of its stacks.",
        ),
    ]
