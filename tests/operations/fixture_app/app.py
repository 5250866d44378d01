"""Small environments with every kind of resource that the rehearsal treats differently."""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

REGION = "eu-west-1"
ONE, OTHER = "444444444444", "555555555555"
ACCOUNTS = {
    "alpha": ONE,
    "beta": OTHER,
    "gamma": ONE,
    "delta": OTHER,
    "epsilon": ONE,
    "zeta": OTHER,
    "zeta-two": ONE,
    "eta": ONE,
    "theta": ONE,
    "iota": ONE,
}


class Network(cdk.Stack):
    """A VPC with what AWS-only networks have."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.CfnVPC(self, "Vpc", cidr_block="10.0.0.0/16", enable_dns_support=True)
        self.subnet = ec2.CfnSubnet(
            self, "Subnet", vpc_id=self.vpc.ref, cidr_block="10.0.1.0/24",
            availability_zone=f"{REGION}a",
        )  # fmt: skip
        table = ec2.CfnRouteTable(self, "Routes", vpc_id=self.vpc.ref)
        ec2.CfnSubnetRouteTableAssociation(
            self, "Association", route_table_id=table.ref, subnet_id=self.subnet.ref
        )
        address = ec2.CfnEIP(self, "Address", domain="vpc")
        nat = ec2.CfnNatGateway(
            self, "Nat", subnet_id=self.subnet.ref, allocation_id=address.attr_allocation_id
        )
        ec2.CfnRoute(
            self, "ToInternet", route_table_id=table.ref, nat_gateway_id=nat.ref,
            destination_cidr_block="0.0.0.0/0",
        )  # fmt: skip
        ec2.CfnVPCEndpoint(
            self, "Objects", vpc_id=self.vpc.ref, route_table_ids=[table.ref],
            service_name=f"com.amazonaws.{REGION}.s3", vpc_endpoint_type="Gateway",
        )  # fmt: skip
        self.group = ec2.CfnSecurityGroup(
            self, "Group", vpc_id=self.vpc.ref, group_description="endpoints",
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp", from_port=443, to_port=443, cidr_ip=self.vpc.attr_cidr_block
                )
            ],
        )  # fmt: skip
        ec2.CfnVPCEndpoint(
            self, "Api", vpc_id=self.vpc.ref, vpc_endpoint_type="Interface",
            service_name=f"com.amazonaws.{REGION}.sagemaker.api", subnet_ids=[self.subnet.ref],
            security_group_ids=[self.group.attr_group_id], private_dns_enabled=True,
        )  # fmt: skip
        role = iam.Role(
            self, "FlowRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com")
        )
        group = logs.LogGroup(
            self, "Flow", retention=logs.RetentionDays.ONE_WEEK,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )  # fmt: skip
        ec2.CfnFlowLog(
            self, "FlowLog", resource_id=self.vpc.ref, resource_type="VPC", traffic_type="ALL",
            log_group_name=group.log_group_name, deliver_logs_permission_arn=role.role_arn,
        )  # fmt: skip


class Studio(cdk.Stack):
    """A domain, an autoscaled endpoint and a custom resource."""

    def __init__(
        self, scope: Construct, construct_id: str, *, network: Network, change: str
    ) -> None:
        super().__init__(scope, construct_id)
        key = kms.Key(self, "Key", removal_policy=cdk.RemovalPolicy.DESTROY)
        bucket = s3.Bucket(
            self, "Data", encryption=s3.BucketEncryption.KMS, encryption_key=key, enforce_ssl=True
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        bucket.grant_read(role)
        idle = 120 if change == "update" else 60
        domain = sagemaker.CfnDomain(
            self, "Domain", auth_mode={"replace": "SSO", "broken": "LDAP"}.get(change, "IAM"),
            domain_name=f"{self.stack_name}-{change}" if change == "replace" else self.stack_name,
            vpc_id=network.vpc.ref, subnet_ids=[network.subnet.ref],
            app_network_access_type="VpcOnly", kms_key_id=key.key_id,
            default_user_settings=sagemaker.CfnDomain.UserSettingsProperty(
                execution_role=role.role_arn, security_groups=[network.group.attr_group_id],
                jupyter_lab_app_settings=sagemaker.CfnDomain.JupyterLabAppSettingsProperty(
                    app_lifecycle_management=sagemaker.CfnDomain.AppLifecycleManagementProperty(
                        idle_settings=sagemaker.CfnDomain.IdleSettingsProperty(
                            idle_timeout_in_minutes=idle, lifecycle_management="ENABLED"
                        )
                    )
                ),
            ),
        )  # fmt: skip
        profile = sagemaker.CfnUserProfile(
            self, "Analyst", domain_id=domain.attr_domain_id, user_profile_name="analyst"
        )
        handler = "index.nothing" if change == "crash" else "index.handler"
        apps = lambda_.Function(
            self, "Handler", runtime=lambda_.Runtime.PYTHON_3_13, handler=handler,
            code=lambda_.Code.from_asset(str(Path(__file__).parent / "handler")),
            timeout=cdk.Duration.minutes(1),
        )  # fmt: skip
        apps.add_to_role_policy(
            iam.PolicyStatement(
                actions=["sagemaker:CreateApp", "sagemaker:DeleteApp", "sagemaker:ListApps"],
                resources=["*"],
            )
        )
        properties = {"DomainId": domain.attr_domain_id}
        cdk.CustomResource(
            self, "Apps", service_token=apps.function_arn, resource_type="Custom::Apps",
            properties=properties,
        ).node.add_dependency(profile)  # fmt: skip
        model = sagemaker.CfnModel(
            self, "Model", execution_role_arn=role.role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=f"{self.account}.dkr.ecr.{REGION}.amazonaws.com/model:1"
            ),
        )  # fmt: skip
        config = sagemaker.CfnEndpointConfig(
            self, "Config",
            production_variants=[
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    variant_name="main", model_name=model.attr_model_name,
                    initial_instance_count=2 if change == "replace" else 1,
                    instance_type="ml.m5.large", initial_variant_weight=1,
                )
            ],
        )  # fmt: skip
        endpoint = sagemaker.CfnEndpoint(
            self, "Endpoint", endpoint_config_name=config.attr_endpoint_config_name
        )
        target = autoscaling.CfnScalableTarget(
            self, "Scaling", max_capacity=4, min_capacity=1, service_namespace="sagemaker",
            resource_id=f"endpoint/{endpoint.attr_endpoint_name}/variant/main",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount", role_arn=role.role_arn,
        )  # fmt: skip
        autoscaling.CfnScalingPolicy(
            self,
            "Policy",
            policy_name="invocations",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=(
                autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
                    target_value=100,
                    predefined_metric_specification=(
                        autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
                            predefined_metric_type="SageMakerVariantInvocationsPerInstance"
                        )
                    ),
                )
            ),
        )
        if change == "unknown":
            cdk.CfnResource(self, "Unknown", type="AWS::SageMaker::Domian")
        cdk.CfnOutput(self, "DomainId", value=domain.attr_domain_id)
        cdk.CfnOutput(self, "Bucket", value=bucket.bucket_name)


def build(app: cdk.App, environments: Sequence[str], change: str = "base") -> None:
    """Add environments, each a stage with two stacks, to an app."""
    for name in environments:
        stage = cdk.Stage(app, name, env=cdk.Environment(account=ACCOUNTS[name], region=REGION))
        network = Network(stage, "network")
        Studio(stage, "studio", network=network, change=change)


if __name__ == "__main__":
    app = cdk.App(builtin_cloud_formation_validation=False)
    build(app, (app.node.try_get_context("environments") or "alpha").split(","))
    app.synth()
