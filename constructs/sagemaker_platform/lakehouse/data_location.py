"""A place in S3 that Lake Formation hands out access to."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.lakehouse.data_target import DataTarget
from sagemaker_platform.security import AccessPolicy


@checks_types
class DataLocation(Construct):
    """A bucket, or a folder in one, registered with Lake Formation, with its own role.

    Lake Formation assumes the role and passes on, for each query, what the caller was
    granted; the service-linked role would do so for all locations of the account.

    Args:
        name: short name of the location, for construct ids of grants.
        arn: ARN of the bucket or folder.
        statements: what reading and writing it takes, the key included.
        hybrid: whether IAM and bucket policies still count for principals that have not
            opted in to Lake Formation.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        arn: str,
        statements: Sequence[iam.PolicyStatement],
        hybrid: bool,
    ) -> None:
        super().__init__(scope, id)
        self.target = DataTarget.location(name, arn)
        self.role = location_role(self, "Role", statements=statements)
        self.resource = lakeformation.CfnResource(
            self,
            "Resource",
            resource_arn=arn,
            use_service_linked_role=False,
            role_arn=self.role.role_arn,
            hybrid_access_enabled=hybrid,
            with_federation=False,
        )
        # And after its policy: Lake Formation tries the role when it registers.
        self.resource.node.add_dependency(self.role)


def location_role(
    scope: Construct,
    id: str,
    *,
    statements: Sequence[iam.PolicyStatement],
    role_name: str | None = None,
    removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
) -> iam.Role:
    """Make a role that Lake Formation hands out access with.

    The trust policy is AWS's for such roles, context and source identity included, for this
    account alone (AWS: "Requirements for roles used to register locations").

    Args:
        scope: where it is made.
        id: construct id.
        statements: permissions of the role.
        role_name: name of the role. If omitted, CloudFormation generates one.
        removal_policy: RETAIN keeps the role and its policy.
    """
    description = f"Lake Formation's access for {scope.node.path}"
    policy = AccessPolicy(
        scope, f"{id}Policy", description=description, statements=statements
    ).managed_policy
    principal = iam.PrincipalWithConditions(
        iam.ServicePrincipal("lakeformation.amazonaws.com"),
        {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
    )
    role = iam.Role(
        scope,
        id,
        role_name=role_name,
        assumed_by=principal,
        description=description,
        managed_policies=[policy],
    )
    trust = role.assume_role_policy
    assert trust is not None
    trust.add_statements(
        iam.PolicyStatement(
            actions=["sts:SetContext", "sts:SetSourceIdentity"], principals=[principal]
        )
    )
    for made in (role, policy):
        made.apply_removal_policy(removal_policy)
    return role
