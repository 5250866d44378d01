"""What orchestrates a HyperPod cluster."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types, require_one_of

SlurmStrategy = Literal["Managed", "Overwrite", "Merge"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class AccountingDatabase:
    """A MySQL database outside of the cluster in which Slurm keeps its accounts.

    Args:
        endpoint: host name, reachable from the cluster's subnets.
        port: its port.
        secret_arn: secret of Secrets Manager with ``username`` and ``password``.
        name: name of the schema. If omitted, AWS chooses one for the cluster.
    """

    endpoint: str
    secret_arn: str
    port: int = 3306
    name: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class SlurmOrchestrator:
    """Slurm.

    Args:
        strategy: how HyperPod treats changes by hand in ``slurm.conf``. None with continuous
            provisioning, which keeps them and takes no strategy (AWS: "Continuous provisioning
            for enhanced cluster operations with Slurm").
        accounting_database: if omitted, Slurm's accounts are on the controller node.
    """

    strategy: SlurmStrategy | None = None
    accounting_database: AccountingDatabase | None = None

    def __post_init__(self) -> None:
        if self.strategy is not None:
            require_one_of("strategy", self.strategy, SlurmStrategy)

    def to_property(self) -> sagemaker.CfnCluster.OrchestratorProperty:
        """Return the property of a cluster."""
        database = self.accounting_database
        slurm = sagemaker.CfnCluster.ClusterOrchestratorSlurmConfigProperty(
            slurm_config_strategy=self.strategy,
            accounting_database=sagemaker.CfnCluster.ClusterAccountingDatabaseProperty(
                endpoint=database.endpoint,
                port=database.port,
                name=database.name,
                secret_arn=database.secret_arn,
            )
            if database
            else None,
        )
        return sagemaker.CfnCluster.OrchestratorProperty(slurm=slurm)


@checks_types
@dataclass(frozen=True, kw_only=True)
class EksOrchestrator:
    """An EKS cluster, which belongs to one HyperPod cluster for good.

    Args:
        cluster_arn: its ARN.
    """

    cluster_arn: str

    def to_property(self) -> sagemaker.CfnCluster.OrchestratorProperty:
        """Return the property of a cluster."""
        return sagemaker.CfnCluster.OrchestratorProperty(
            eks=sagemaker.CfnCluster.ClusterOrchestratorEksConfigProperty(
                cluster_arn=self.cluster_arn
            )
        )
