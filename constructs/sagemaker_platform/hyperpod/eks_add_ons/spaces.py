"""Notebooks and code editors on the nodes of a cluster."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.hyperpod.eks_add_ons.add_on import AddOn, AddOnTarget
from sagemaker_platform.hyperpod.eks_add_ons.pod_roles import PodRole
from sagemaker_platform.security import AccessPolicy, WildcardStatement

_MANAGED_BY = {"sagemaker.amazonaws.com/managed-by": "amazon-sagemaker-spaces"}


@checks_types
class Spaces(Construct):
    """Notebooks and code editors on the cluster's nodes (Amazon SageMaker Spaces).

    Needs cert-manager, the pod identity agent and the EBS CSI driver, which makes the volumes.
    Without a domain of yours spaces open from an editor on people's machines, through Session
    Manager; that is what `remote_access` is for. The statements are those of AWS's own policy
    (AmazonSageMakerSpacesControllerPolicy), for one cluster and one role.

    Args:
        target: where it is installed.
        version: of the add-on.
        remote_access: whether editors connect from outside.
    """

    NAME = "amazon-sagemaker-spaces"
    NAMESPACE = "jupyter-k8s-system"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        target: AddOnTarget,
        version: str | None = None,
        remote_access: bool = True,
    ) -> None:
        super().__init__(scope, id)
        configuration: dict[str, Any] = {"jupyter-k8s": {"workspacePodWatching": {"enable": True}}}
        statements: list[iam.PolicyStatement] = []
        if remote_access:
            node = self._node_role()
            statements = self._remote_access(target.arn, node)
            configuration["jupyter-k8s-aws-hyperpod"] = {
                "remoteAccess": {"enabled": True, "ssmManagedNodeRole": node.role_arn}
            }
        role = PodRole(
            self,
            "Role",
            cluster_arn=target.arn,
            namespace=self.NAMESPACE,
            service_account="jupyter-k8s-controller-manager",
            description="Controller of SageMaker Spaces",
            statements=[
                *statements,
                WildcardStatement(
                    actions=["ssm:DescribeInstanceInformation", "ssm:DescribeSessions"],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict these actions to what spaces have.",
                ),
            ],
        )
        self.add_on = AddOn(
            self,
            "AddOn",
            target=target,
            name=self.NAME,
            version=version,
            configuration=configuration,
            roles=[role],
        )

    def _node_role(self) -> iam.Role:
        """Return the role with which a space is reached through Session Manager."""
        stack = Stack.of(self)
        policy = AccessPolicy(
            self,
            "NodePolicy",
            description="A space that is a managed node of Systems Manager",
            statements=[
                WildcardStatement(
                    actions=["ssm:UpdateInstanceInformation"],
                    resources=[_managed_instances(stack)],
                    wildcard_reason="Spaces become managed nodes when they start; ids are new.",
                ),
                WildcardStatement(
                    actions=[
                        "ssmmessages:CreateControlChannel",
                        "ssmmessages:CreateDataChannel",
                        "ssmmessages:OpenControlChannel",
                        "ssmmessages:OpenDataChannel",
                    ],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict these actions to a resource.",
                ),
            ],
        )
        return iam.Role(
            self,
            "NodeRole",
            description="Spaces that are managed nodes of Systems Manager",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("ssm.amazonaws.com"),
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": f"arn:{stack.partition}:ssm:{stack.region}:"
                        f"{stack.account}:*"
                    },
                },
            ),
            managed_policies=[policy.managed_policy],
        )

    def _remote_access(self, cluster_arn: str, node: iam.Role) -> list[iam.PolicyStatement]:
        stack = Stack.of(self)
        tags = {**_MANAGED_BY, "sagemaker.amazonaws.com/eks-cluster-arn": cluster_arn}
        requested = {"StringEquals": {f"aws:RequestTag/{key}": tags[key] for key in tags}}
        tagged = {"StringEquals": {f"ssm:resourceTag/{key}": tags[key] for key in tags}}
        instances = _managed_instances(stack)
        document = f"arn:{stack.partition}:ssm:{stack.region}:{stack.account}:document/"
        return [
            WildcardStatement(
                actions=["ssm:CreateActivation"],
                resources=["*"],
                conditions=requested,
                wildcard_reason="Activations have no ARN; the tags are those of this cluster.",
            ),
            WildcardStatement(
                actions=["ssm:DeleteActivation", "ssm:DescribeActivations"],
                resources=["*"],
                wildcard_reason="IAM cannot restrict these actions to a resource.",
            ),
            WildcardStatement(
                actions=["ssm:AddTagsToResource"],
                resources=[instances, node.role_arn],
                conditions=requested,
                wildcard_reason="Spaces become managed nodes when they start; ids are new.",
            ),
            WildcardStatement(
                actions=["ssm:DeregisterManagedInstance", "ssm:StartSession"],
                resources=[instances],
                conditions=tagged,
                wildcard_reason="Spaces become managed nodes when they start; ids are new.",
            ),
            WildcardStatement(
                actions=["ssm:StartSession"],
                resources=[
                    f"arn:{stack.partition}:ssm:{stack.region}::document/AWS-StartSSHSession",
                    f"{document}SageMaker-Space*",
                ],
                wildcard_reason="The add-on makes the documents; their names are its own.",
            ),
            WildcardStatement(
                actions=["ssm:CreateDocument"],
                resources=[f"{document}SageMaker-Space*"],
                conditions=requested,
                wildcard_reason="The add-on makes the documents; their names are its own.",
            ),
            WildcardStatement(
                actions=["ssm:AddTagsToResource"],
                resources=[f"{document}SageMaker-Space*"],
                conditions={
                    "StringEquals": {
                        f"aws:RequestTag/{key}": _MANAGED_BY[key] for key in _MANAGED_BY
                    }
                },
                wildcard_reason="The add-on makes the documents; their names are its own.",
            ),
            WildcardStatement(
                actions=["ssm:DescribeDocument"],
                resources=[f"{document}SageMaker-Space*"],
                wildcard_reason="The add-on makes the documents; their names are its own.",
            ),
            iam.PolicyStatement(
                actions=["ssm:GetServiceSetting", "ssm:UpdateServiceSetting"],
                resources=[
                    stack.format_arn(
                        service="ssm",
                        resource="servicesetting",
                        resource_name="ssm/managed-instance/activation-tier",
                    )
                ],
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[node.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            ),
        ]


def _managed_instances(stack: Stack) -> str:
    return stack.format_arn(service="ssm", resource="managed-instance", resource_name="*")
