"""A Studio domain that exists already, for users and spaces in it."""

from typing import Protocol

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.network import INetwork, network_of


class IStudioDomain(Protocol):
    """What users and spaces need of a domain, created here or not."""

    network: INetwork
    lustre: bool
    removal_policy: RemovalPolicy

    @property
    def domain_id(self) -> str:
        """Id of the domain."""
        ...

    def clean_up_user(
        self, scope: Construct, profile: sagemaker.CfnUserProfile
    ) -> IConstruct | None:
        """Clean up after a user before their profile is deleted, if the domain is cleaned up."""
        ...

    def delete_before(self, *others: IConstruct) -> None:
        """Clean the domain up before others are deleted, if the domain is cleaned up."""
        ...


@checks_types
class ExistingStudioDomain(Construct):
    """A Studio domain that exists already.

    `StudioDomain.from_domain_id` returns one. Nothing is provisioned. Users and spaces that are
    added are not cleaned up: delete their apps and spaces before you delete them.

    Args:
        domain_id: id of the domain, such as ``d-0123456789ab``.
        network: its VPC.
        lustre: whether apps may reach FSx for Lustre.
        removal_policy: of the users that are added.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        network: INetwork | ec2.IVpc,
        lustre: bool = False,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        self.domain_id, self.network = domain_id, network
        self.lustre, self.removal_policy = lustre, removal_policy

    def clean_up_user(
        self, scope: Construct, profile: sagemaker.CfnUserProfile
    ) -> IConstruct | None:
        """Return None: the owner of the domain cleans up."""
        return None

    def delete_before(self, *others: IConstruct) -> None:
        """Do nothing: the domain is not part of this app."""
