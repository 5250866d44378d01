"""The operator of distributed training."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.hyperpod.eks_add_ons.add_on import AddOn, AddOnTarget
from sagemaker_platform.hyperpod.eks_add_ons.pod_roles import PodRole


@checks_types
class TrainingOperator(Construct):
    """The operator that starts, watches and restarts distributed training (HyperPodPyTorchJob).

    Needs cert-manager and the pod identity agent. Its role may look at the nodes of its own
    cluster, which AWS's policy for it (AmazonSageMakerHyperPodTrainingOperatorAccess) allows for
    every cluster with a tag.

    Args:
        target: where it is installed.
        version: of the add-on.
    """

    NAME = "amazon-sagemaker-hyperpod-training-operator"
    NAMESPACE = "aws-hyperpod"

    def __init__(
        self, scope: Construct, id: str, *, target: AddOnTarget, version: str | None = None
    ) -> None:
        super().__init__(scope, id)
        role = PodRole(
            self,
            "Role",
            cluster_arn=target.arn,
            namespace=self.NAMESPACE,
            service_account="hp-training-operator-controller-manager",
            description="HyperPod training operator",
            statements=[
                iam.PolicyStatement(
                    actions=["sagemaker:DescribeClusterNode"],
                    resources=[target.cluster.attr_cluster_arn],
                )
            ],
        )
        self.add_on = AddOn(
            self, "AddOn", target=target, name=self.NAME, version=version, roles=[role]
        )
