"""Blueprints of a team in a domain of Unified Studio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.functions import HandledResources
from sagemaker_platform.security import WildcardStatement, format_arn
from sagemaker_platform.unified_studio.domain import Enrolled, UnifiedStudioDomain
from sagemaker_platform.unified_studio.service_role import DATAZONE, ServiceRole, source_account

STACK_PREFIX = "DataZone-Env-"
"""What the names of the stacks begin with that Amazon DataZone deploys for projects."""
_TIMEOUT_SECONDS = 900


@checks_types
@dataclass(frozen=True, kw_only=True)
class BlueprintParameter:
    """A parameter of a template that Amazon DataZone does not fill itself.

    Attributes:
        name: name in the template.
        default: value where a profile and a member give none. Defaults to that of the template.
        description: description that members see. Defaults to none.
        editable: whether profiles and members can give another value.
        updatable: whether a member can change the value of a part that exists.
    """

    name: str
    default: str | None = None
    description: str | None = None
    editable: bool = False
    updatable: bool = False

    def to_property(self) -> Mapping[str, str]:
        """Return what the handler takes."""
        return {
            "Name": self.name,
            "Editable": str(self.editable).lower(),
            "Updatable": str(self.updatable).lower(),
            **({"Default": self.default} if self.default is not None else {}),
            **({"Description": self.description} if self.description else {}),
        }


@checks_types
@dataclass(frozen=True, kw_only=True)
class CustomBlueprint:
    """A blueprint of a team.

    Attributes:
        name: name that people see, which cannot change.
        template: text of a template of AWS CloudFormation, in YAML or JSON. It has no assets, and
            works in each project.
        description: description that people see. Defaults to none.
        parameters: parameters of the template with a value, or that members can change.
        statements: what the role that deploys the template is allowed, besides the stack.
        policy_arns: further policies of that role.
    """

    name: str
    template: str
    description: str | None = None
    parameters: Sequence[BlueprintParameter] = ()
    statements: Sequence[iam.PolicyStatement] = field(default_factory=tuple)
    policy_arns: Sequence[str] = ()


@checks_types
class CustomBlueprints(Construct):
    """Blueprints of a team, with the role that deploys each, and their configuration.

    CloudFormation has no type for them, and its type for the configuration finds blueprints of AWS
    only. So a function creates them. Its role becomes a user of the domain and an owner of the root
    unit: permissions in IAM are not enough.

    Each blueprint has a role of its own, which takes precedence over that of the account. It can
    deploy the stacks of projects, read the template, and create what the template needs.

    Sources: SageMaker Unified Studio Administrator Guide, "Custom blueprints" and "Configure a
    provisioning role for resource blueprints" (2026-10); Amazon DataZone API Reference,
    "CreateEnvironmentBlueprint"; awslabs MDAA 1.6. The names of stacks:
    quiltdata/raja-poc, "Environment Config" (2026-03).

    Args:
        domain: the domain, of this account.
        blueprints: blueprints by construct ID.
        key: key of the domain. It encrypts the logs too.
        log_retention_days: retention of the logs.
        removal_policy: whether the blueprints stay with the domain.

    Attributes:
        ids: ID of each blueprint, by construct ID.
        roles: role that deploys each blueprint, by construct ID.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: UnifiedStudioDomain,
        blueprints: Mapping[str, CustomBlueprint],
        key: kms.IKey,
        log_retention_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        require_some("blueprints", blueprints)
        super().__init__(scope, id)
        stack = Stack.of(self)
        scopes = {one: Construct(self, one) for one in blueprints}
        assets = {one: _upload(scopes[one], made.template) for one, made in blueprints.items()}
        objects = {
            one: f"arn:{stack.partition}:s3:::{asset.s3_bucket_name}/{asset.s3_object_key}"
            for one, asset in assets.items()
        }
        self.roles = {
            one: self._role(scopes[one], made, objects[one]) for one, made in blueprints.items()
        }
        for role in self.roles.values():
            role.apply_removal_policy(removal_policy)
        handled = HandledResources(
            self,
            "Handler",
            folder="unified_studio_blueprint",
            statements=self._statements(domain, key, list(objects.values())),
            key=key,
            log_retention_days=log_retention_days,
            description="Blueprints of the team in Unified Studio",
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        self.user: Enrolled = domain.enroll_role("User", role_arn=handled.role.role_arn, scope=self)
        domain.add_owner("Owner", self.user, scope=self)
        enrolled = [one for one in self.node.children if one.node.id in ("User", "Owner")]
        self.ids: dict[str, str] = {}
        for one, made in blueprints.items():
            asset = assets[one]
            properties: dict[str, Any] = {
                "Domain": domain.id,
                "Name": made.name,
                "Description": made.description or "",
                "TemplateUrl": f"https://{asset.s3_bucket_name}.s3.{stack.region}."
                f"{stack.url_suffix}/{asset.s3_object_key}",
                "Parameters": [parameter.to_property() for parameter in made.parameters],
                "ProvisioningRole": self.roles[one].arn,
                "Regions": [stack.region],
            }
            resource = handled.add(
                scopes[one],
                "Blueprint",
                resource_type="UnifiedStudioBlueprint",
                properties=properties,
                removal_policy=removal_policy,
                after=[*enrolled, self.roles[one]],
            )
            self.ids[one] = resource.get_att_string("BlueprintId")

    def _role(self, scope: Construct, blueprint: CustomBlueprint, template_arn: str) -> ServiceRole:
        stacks = format_arn(
            self, service="cloudformation", resource="stack", resource_name=f"{STACK_PREFIX}*"
        )
        return ServiceRole(
            scope,
            "Role",
            services=[DATAZONE],
            actions=["sts:AssumeRole", "sts:TagSession"],
            conditions=source_account(Stack.of(self).account),
            managed=[],
            policy_arns=blueprint.policy_arns,
            description="Unified Studio: deploys a blueprint of the team for projects",
            statements=[
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[template_arn]),
                WildcardStatement(
                    actions=[
                        "cloudformation:CreateStack",
                        "cloudformation:DeleteStack",
                        "cloudformation:DescribeStackEvents",
                        "cloudformation:DescribeStackResource",
                        "cloudformation:DescribeStackResources",
                        "cloudformation:DescribeStacks",
                        "cloudformation:GetTemplate",
                        "cloudformation:ListStackResources",
                        "cloudformation:TagResource",
                        "cloudformation:UntagResource",
                        "cloudformation:UpdateStack",
                    ],
                    resources=[stacks],
                    wildcard_reason="Amazon DataZone names the stacks of projects by the ID of "
                    "their environment.",
                ),
                _read_templates(),
                *blueprint.statements,
            ],
        )

    def _statements(
        self, domain: UnifiedStudioDomain, key: kms.IKey, template_arns: Sequence[str]
    ) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                actions=["datazone:GetDomain"], resources=[domain.resource.attr_arn]
            ),
            WildcardStatement(
                actions=[
                    "datazone:CreateEnvironmentBlueprint",
                    "datazone:DeleteEnvironmentBlueprint",
                    "datazone:DeleteEnvironmentBlueprintConfiguration",
                    "datazone:GetEnvironmentBlueprint",
                    "datazone:GetEnvironmentBlueprintConfiguration",
                    "datazone:ListEnvironmentBlueprints",
                    "datazone:ListEnvironments",
                    "datazone:ListProjects",
                    "datazone:PutEnvironmentBlueprintConfiguration",
                    "datazone:UpdateEnvironmentBlueprint",
                ],
                resources=["*"],
                wildcard_reason="Amazon DataZone has no resources for these actions. The domain "
                "allows them to its users only.",
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[role.arn for role in self.roles.values()],
                conditions={"StringEquals": {"iam:PassedToService": DATAZONE}},
            ),
            # Names and descriptions are encrypted, and templates are read as the caller.
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[key.key_arn],
                conditions={
                    "ForAnyValue:StringEquals": {
                        "kms:EncryptionContextKeys": "aws:datazone:domainId"
                    }
                },
            ),
            iam.PolicyStatement(actions=["s3:GetObject"], resources=list(template_arns)),
            _read_templates(),
        ]


def _upload(scope: Construct, template: str) -> s3_assets.Asset:
    """Take a template into the assets of the deployment, whose bucket the account can read."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.yaml"
        file.write_text(template, "utf-8")
        return s3_assets.Asset(scope, "Template", path=str(file))


def _read_templates() -> iam.PolicyStatement:
    return WildcardStatement(
        actions=["cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"],
        resources=["*"],
        wildcard_reason="IAM cannot restrict these actions to a template; they change nothing.",
    )
