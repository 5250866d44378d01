"""The inference operator: models that are served on the nodes of a HyperPod cluster."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_aps as aps
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.foundation import DataBucket, use_of_key
from sagemaker_platform.hyperpod.eks_add_ons.add_on import AddOn, AddOnTarget
from sagemaker_platform.hyperpod.eks_add_ons.load_balancer_controller import control_load_balancers
from sagemaker_platform.hyperpod.eks_add_ons.pod_roles import WebIdentityProvider, WebIdentityRole
from sagemaker_platform.security import AccessPolicy, WildcardStatement, pull_images, work_in_vpc

NAMESPACE = "hyperpod-inference-system"
_TAG = "CreatedBy"
_TAG_VALUE = "HyperPodInference"


@checks_types
class InferenceOperator(Construct):
    """The operator that serves models on the cluster, with TLS, scaling and a load balancer.

    It brings the load balancer controller and KEDA itself. cert-manager, the metrics server and
    the CSI drivers for S3 and for FSx must be there first (AWS: "Setting up your HyperPod clusters
    for model deployment"). The add-on takes roles by ARN, so they trust tokens of the cluster's
    service accounts and not EKS Pod Identity. The statements are those of AWS's own policy
    (AmazonSageMakerHyperPodInferenceAccess), for one cluster, one bucket and one role.

    Attributes:
        certificates: bucket in which the operator puts the certificates of its endpoints.

    Args:
        target: where it is installed.
        vpc: the VPC of the nodes.
        key: encrypts the certificates.
        access_logs: receives the access logs of their bucket.
        removal_policy: of the bucket.
        workspace: where KEDA reads Prometheus metrics. If omitted, it reads CloudWatch only.
        gated_models: whether gated models, which require their owner's permission, are allowed.
        version: of the add-on.
    """

    NAME = "amazon-sagemaker-hyperpod-inference"
    INTERFACE_ENDPOINTS = ("CERTIFICATE_MANAGER", "ELASTIC_LOAD_BALANCING", "SHIELD", "WAFV2")
    """AWS services that the operator and what it brings call in a closed network, besides those
    of the clusters."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        target: AddOnTarget,
        vpc: ec2.IVpc,
        key: kms.IKey,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
        workspace: aps.CfnWorkspace | None = None,
        gated_models: bool = False,
        version: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.certificates = DataBucket(
            self,
            "Certificates",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
        ).bucket
        require_some("target.security_group_ids", target.security_group_ids)
        provider = WebIdentityProvider(
            self, "Tokens", issuer_url=target.issuer_url, arn=target.provider_arn
        )
        role = self._role(
            provider,
            "Role",
            "hyperpod-inference-controller-manager",
            "HyperPod inference operator",
            self._statements(target, key),
            sagemaker=True,
        )
        # It gives its endpoints the role that it has itself: a policy of the role cannot name it.
        passes = AccessPolicy(
            self,
            "PassRole",
            description="HyperPod inference operator: gives endpoints its own role",
            statements=[
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[role.role.role_arn],
                    conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                )
            ],
            attached_to=[role.role],
        )
        balancer = self._role(
            provider,
            "LoadBalancerRole",
            "aws-load-balancer-controller",
            "Load balancer controller of the HyperPod inference operator",
            control_load_balancers(
                self,
                cluster_name=target.name,
                vpc=vpc,
                node_security_group_ids=target.security_group_ids,
            ),
        )
        scaler = self._role(
            provider,
            "ScalingRole",
            "keda-operator",
            "KEDA of the HyperPod inference operator",
            _read_metrics(workspace),
        )
        configuration: dict[str, Any] = {
            "executionRoleArn": role.role.role_arn,
            "tlsCertificateS3Bucket": self.certificates.bucket_name,
            "hyperpodClusterArn": target.cluster.attr_cluster_arn,
            "alb": {
                "enabled": True,
                "serviceAccount": {"create": True, "roleArn": balancer.role.role_arn},
            },
            "keda": {
                "enabled": True,
                "auth": {"aws": {"irsa": {"enabled": True, "roleArn": scaler.role.role_arn}}},
            },
        }
        roles = [role, balancer, scaler]
        if gated_models:
            gated = self._role(
                provider,
                "GatedModelsRole",
                "hyperpod-inference-service-account*",
                "Downloads gated models for endpoints on HyperPod",
                [_download_gated_models(Stack.of(self))],
                namespace="*",
                sagemaker=True,
            )
            roles.append(gated)
            configuration["jumpstartGatedModelDownloadRoleArn"] = gated.role.role_arn
        self.add_on = AddOn(
            self,
            "AddOn",
            target=target,
            name=self.NAME,
            version=version,
            configuration=configuration,
            after=[*roles, passes, self.certificates],
        )

    def _role(
        self,
        provider: WebIdentityProvider,
        id: str,
        service_account: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        *,
        namespace: str = NAMESPACE,
        sagemaker: bool = False,
    ) -> WebIdentityRole:
        return WebIdentityRole(
            self,
            id,
            provider=provider,
            service_account=f"{namespace}:{service_account}",
            description=description,
            statements=statements,
            sagemaker=sagemaker,
        )

    def _statements(self, target: AddOnTarget, key: kms.IKey) -> list[iam.PolicyStatement]:
        stack = Stack.of(self)
        bucket = self.certificates.bucket_arn
        certificates = stack.format_arn(service="acm", resource="certificate", resource_name="*")
        made = [
            stack.format_arn(service="sagemaker", resource=kind, resource_name="*")
            for kind in ("endpoint", "endpoint-config", "model")
        ]
        hub = f"arn:{stack.partition}:sagemaker:{stack.region}:aws:hub"
        requested = {"StringEquals": {f"aws:RequestTag/{_TAG}": _TAG_VALUE}}
        tagged = {"StringEquals": {f"aws:ResourceTag/{_TAG}": _TAG_VALUE}}
        names = "The operator makes them for what people deploy; names are not known beforehand."
        return [
            WildcardStatement(
                actions=[
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:PutObject",
                    "s3:PutObjectTagging",
                ],
                resources=[f"{bucket}/*"],
                wildcard_reason="Certificates of endpoints, in a bucket for nothing else.",
            ),
            *use_of_key(key),
            *pull_images(
                [f"arn:{stack.partition}:ecr:{stack.region}:*:repository/*"],
                wildcard_reason="Images of models are in accounts of AWS and in this one.",
            ),
            *work_in_vpc(self),
            WildcardStatement(
                actions=["ec2:DescribeInstanceTypes"],
                resources=["*"],
                wildcard_reason="IAM cannot restrict this action to a resource.",
            ),
            iam.PolicyStatement(
                actions=["eks-auth:AssumeRoleForPodIdentity", "eks:DescribeCluster"],
                resources=[target.arn],
            ),
            WildcardStatement(
                actions=["eks:AssociateAccessPolicy", "eks:DisassociateAccessPolicy"],
                resources=[
                    stack.format_arn(
                        service="eks", resource="access-entry", resource_name=f"{target.name}/*"
                    )
                ],
                conditions={
                    "StringEquals": {
                        "eks:policyArn": f"arn:{stack.partition}:eks::aws:cluster-access-policy/"
                        "AmazonSagemakerHyperpodInferenceMonitoringPolicy"
                    }
                },
                wildcard_reason="Entries of one EKS cluster, for one policy that only watches.",
            ),
            WildcardStatement(
                actions=[
                    "elasticloadbalancing:DescribeLoadBalancers",
                    "fsx:DescribeFileSystems",
                ],
                resources=["*"],
                wildcard_reason="Lists what the account has, to find what models name.",
            ),
            WildcardStatement(
                actions=["acm:AddTagsToCertificate", "acm:ImportCertificate"],
                resources=[certificates],
                conditions=requested,
                wildcard_reason=names,
            ),
            WildcardStatement(
                actions=["acm:DeleteCertificate"],
                resources=[certificates],
                conditions=tagged,
                wildcard_reason=names,
            ),
            WildcardStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": _TAG_VALUE}},
                wildcard_reason="IAM restricts this action by namespace only.",
            ),
            WildcardStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[
                    f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:"
                    "log-group:/aws/sagemaker/Endpoints/*"
                ],
                wildcard_reason=names,
            ),
            iam.PolicyStatement(
                actions=[
                    "sagemaker:DescribeCluster",
                    "sagemaker:DescribeClusterInference",
                    "sagemaker:UpdateClusterInference",
                ],
                resources=[target.cluster.attr_cluster_arn],
            ),
            WildcardStatement(
                actions=["sagemaker:DescribeHubContent"],
                resources=[
                    f"{hub}/SageMakerPublicHub",
                    f"{hub}-content/SageMakerPublicHub/*",
                ],
                wildcard_reason="Models of AWS's public hub.",
            ),
            WildcardStatement(
                actions=[
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:DescribeEndpointConfig",
                    "sagemaker:DescribeModel",
                ],
                resources=made,
                wildcard_reason=names,
            ),
            WildcardStatement(
                actions=[
                    "sagemaker:CreateEndpoint",
                    "sagemaker:CreateEndpointConfig",
                    "sagemaker:CreateModel",
                ],
                resources=made,
                conditions=requested,
                wildcard_reason=names,
            ),
            WildcardStatement(
                actions=["sagemaker:AddTags"],
                resources=made,
                conditions={
                    "StringEquals": {
                        "sagemaker:TaggingAction": [
                            "CreateEndpoint",
                            "CreateEndpointConfig",
                            "CreateModel",
                        ]
                    }
                },
                wildcard_reason=names,
            ),
            WildcardStatement(
                actions=[
                    "sagemaker:DeleteEndpoint",
                    "sagemaker:DeleteEndpointConfig",
                    "sagemaker:DeleteModel",
                    "sagemaker:UpdateEndpoint",
                ],
                resources=made,
                conditions=tagged,
                wildcard_reason=names,
            ),
        ]


def _download_gated_models(stack: Stack) -> iam.PolicyStatement:
    hub = f"arn:{stack.partition}:sagemaker:{stack.region}:aws:hub"
    return WildcardStatement(
        actions=["sagemaker:CreateHubContentPresignedUrls"],
        resources=[f"{hub}/SageMakerPublicHub", f"{hub}-content/SageMakerPublicHub/*"],
        wildcard_reason="Models of AWS's public hub.",
    )


def _read_metrics(workspace: aps.CfnWorkspace | None) -> list[iam.PolicyStatement]:
    statements: list[iam.PolicyStatement] = [
        WildcardStatement(
            actions=[
                "cloudwatch:GetMetricData",
                "cloudwatch:GetMetricStatistics",
                "cloudwatch:ListMetrics",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these actions to a resource.",
        )
    ]
    if workspace is not None:
        statements.append(
            iam.PolicyStatement(
                actions=[
                    "aps:GetLabels",
                    "aps:GetMetricMetadata",
                    "aps:GetSeries",
                    "aps:QueryMetrics",
                ],
                resources=[workspace.attr_arn],
            )
        )
    return statements
