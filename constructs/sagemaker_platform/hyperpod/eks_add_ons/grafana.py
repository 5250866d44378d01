"""A workspace of Amazon Managed Grafana."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_aps as aps
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_grafana as grafana
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import AccessPolicy, WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class Saml:
    """How Grafana identifies the users of your identity provider.

    Args:
        metadata_url: where the provider describes itself.
        role_attribute: attribute of the assertion that has the role of a user.
        admin_values: values of it that make an administrator.
        editor_values: values of it that make an editor; everybody else sees only.
    """

    metadata_url: str
    role_attribute: str
    admin_values: Sequence[str]
    editor_values: Sequence[str] = ()


@checks_types
class GrafanaWorkspace(Construct):
    """Grafana that reads one Prometheus workspace and CloudWatch, from inside the VPC.

    People sign in through IAM Identity Center, SAML, or both; there is no other way.
    Users of Identity Center are assigned there. Dashboards are data of Grafana, unknown to
    CloudFormation: AWS's own are added by its console, yours by their JSON.

    Args:
        name: of the workspace.
        network: its queries leave through the VPC.
        workspace: the metrics.
        identity_center: whether people of IAM Identity Center sign in.
        saml: if omitted, there is no sign-in by SAML.
        version: version of Grafana. Defaults to AWS's newest at creation.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        network: INetwork | ec2.IVpc,
        workspace: aps.CfnWorkspace,
        identity_center: bool = True,
        saml: Saml | None = None,
        version: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        stack = Stack.of(self)
        providers: list[Literal["AWS_SSO", "SAML"]] = []
        if identity_center:
            providers.append("AWS_SSO")
        if saml is not None:
            providers.append("SAML")
        if not providers:
            raise ValueError("expected identity_center, saml, or both")
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            description="Queries of Grafana",
            allow_all_outbound=False,
        )
        # To the endpoints of Prometheus and CloudWatch, or through a NAT gateway where the
        # network has none of them.
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
        role = self._role(workspace)
        cfn = grafana.CfnWorkspace
        self.resource = cfn(
            self,
            "Resource",
            name=name,
            account_access_type="CURRENT_ACCOUNT",
            authentication_providers=providers,
            permission_type="CUSTOMER_MANAGED",
            role_arn=role.role_arn,
            data_sources=["CLOUDWATCH", "PROMETHEUS"],
            grafana_version=version,
            # Plugins run code of others.
            plugin_admin_enabled=False,
            vpc_configuration=cfn.VpcConfigurationProperty(
                security_group_ids=[security_group.security_group_id],
                subnet_ids=list(network.private_subnet_ids),
            ),
            saml_configuration=cfn.SamlConfigurationProperty(
                idp_metadata=cfn.IdpMetadataProperty(url=saml.metadata_url),
                assertion_attributes=cfn.AssertionAttributesProperty(role=saml.role_attribute),
                role_values=cfn.RoleValuesProperty(
                    admin=list(saml.admin_values), editor=list(saml.editor_values) or None
                ),
            )
            if saml
            else None,
        )
        self.arn = stack.format_arn(
            service="grafana",
            resource="/workspaces",
            resource_name=self.resource.attr_id,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def _role(self, workspace: aps.CfnWorkspace) -> iam.Role:
        stack = Stack.of(self)
        policy = AccessPolicy(
            self,
            "Policy",
            description="Metrics that Grafana shows",
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "aps:DescribeWorkspace",
                        "aps:GetLabels",
                        "aps:GetMetricMetadata",
                        "aps:GetSeries",
                        "aps:QueryMetrics",
                    ],
                    resources=[workspace.attr_arn],
                ),
                WildcardStatement(
                    actions=["aps:ListWorkspaces"],
                    resources=["*"],
                    wildcard_reason="Grafana lists workspaces to find the one it may read.",
                ),
                WildcardStatement(
                    actions=[
                        "cloudwatch:DescribeAlarmsForMetric",
                        "cloudwatch:GetMetricData",
                        "cloudwatch:ListMetrics",
                    ],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict reading of metrics to a resource.",
                ),
            ],
        )
        return iam.Role(
            self,
            "Role",
            description="Grafana of a HyperPod cluster",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("grafana.amazonaws.com"),
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "StringLike": {
                        "aws:SourceArn": f"arn:{stack.partition}:grafana:{stack.region}:"
                        f"{stack.account}:/workspaces/*"
                    },
                },
            ),
            managed_policies=[policy.managed_policy],
        )
