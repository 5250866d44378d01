"""A Redshift Serverless namespace and the workgroup that computes on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_redshiftserverless as redshift
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.foundation import encrypted_log_group, use_of_key
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import (
    AccessPolicy,
)
from sagemaker_platform.warehouse.named_warehouse import NamedWarehouse

PORT = 5439
_DESCRIPTION = "Loading and unloading of the warehouse"


@checks_types
@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How much a workgroup computes with, in RPU of 16 GB of memory each.

    Args:
        base: what queries begin with: 4, or a multiple of 8 up to 1024.
        maximum: upper limit of scaling. If omitted, AWS decides.
        price_performance_level: 1, 25, 50, 75 or 100, from lowest cost to fastest: AWS
            decides on the base capacity instead.

    Raises:
        ValueError: both a base and a level are given, or neither.
    """

    base: int | None = None
    maximum: int | None = None
    price_performance_level: int | None = None

    def __post_init__(self) -> None:
        if (self.base is None) is (self.price_performance_level is None):
            given = "both" if self.base is not None else "neither"
            raise ValueError(
                f"got {given} of base and price_performance_level; must be exactly one of them"
            )


@checks_types
@dataclass(frozen=True, kw_only=True)
class SnapshotCopy:
    """Where copies of all snapshots go.

    Args:
        region: the region.
        key_arn: KMS key there.
        retention_days: how long a copy is kept.
    """

    region: str
    key_arn: str
    retention_days: int


@checks_types
class Warehouse(NamedWarehouse):
    """A Redshift Serverless data warehouse in private subnets, for TLS connections only.

    AWS makes the administrator's password, keeps it in Secrets Manager under the key, and
    rotates it. People and programs sign in with IAM (`grant_query`), never with that password.
    All traffic of COPY and UNLOAD stays in the VPC (enhanced VPC routing). Recovery points are
    made by AWS every half hour and kept for a day.

    Redshift Serverless wants three subnets in three availability zones; where a region has
    but two for a customer (us-west-1), it wants a second subnet in one of them (AWS:
    "Considerations when using Amazon Redshift Serverless").

    That audit logs arrive in the log groups made here, whose names follow AWS's
    "Exporting audit logs", only AWS can show.

    Args:
        name: name of namespace and workgroup, unique in account and region; 3 to 64 lower-case
            letters, digits and hyphens.
        database_name: the first database.
        admin_username: name of the administrator.
        capacity: what it computes with.
        network: at least three private subnets.
        key: encrypts data, snapshots, the administrator's secret and logs; its policy must
            allow CloudWatch Logs to use it.
        audit_logs: of ``userlog``, ``connectionlog`` and ``useractivitylog``.
        log_retention_days: how long they are kept; a period that CloudWatch Logs offers.
        removal_policy: of the data: with DESTROY it is deleted together with the stack.
        load_from: policies to read, or to read and write, what COPY, UNLOAD and external
            schemas work with; at most nine.
        query_timeout_minutes: a query that runs longer is stopped.
        case_sensitive_identifiers: whether names keep their case, as zero-ETL wants it.
        snapshot_copy: copies of all snapshots in another region. Defaults to no copies.
        final_snapshot_days: retention of the snapshot that is created when the data is
            deleted. If omitted, no snapshot is created. Its name is fixed, so a warehouse of the
            same name cannot be deleted again within that time.
        inbound_integrations: ARNs of RDS and Aurora databases, and DynamoDB tables, from which
            zero-ETL integrations may write.
        identifying_tags: tags that namespace and workgroup have and no others of the account and
            region. Redshift generates their ARNs. Policies that recognize the warehouse by its
            tags can be created before it, in a stack that does not wait for it. Defaults to
            policies that refer to the ARNs.

    Raises:
        ValueError: the network has fewer than three private subnets.
    """

    INTERFACE_ENDPOINTS = (
        "GLUE",
        "LAKE_FORMATION",
        "REDSHIFT_DATA",
        "REDSHIFT_SERVERLESS",
        "STS",
    )
    """AWS services that the warehouse and its clients call from inside the VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        database_name: str,
        admin_username: str,
        capacity: Capacity,
        network: INetwork | ec2.IVpc,
        key: kms.IKey,
        audit_logs: Sequence[str],
        log_retention_days: int,
        removal_policy: RemovalPolicy,
        load_from: Sequence[AccessPolicy] = (),
        query_timeout_minutes: int | None = None,
        case_sensitive_identifiers: bool = False,
        snapshot_copy: SnapshotCopy | None = None,
        final_snapshot_days: int | None = None,
        inbound_integrations: Sequence[str] = (),
        identifying_tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, name=name, identifying_tags=identifying_tags)
        network = network_of(network)
        if len(network.private_subnet_ids) < 3:
            raise ValueError(
                "expected private subnets in three zones, as Redshift Serverless does, got "
                f"{len(network.private_subnet_ids)}"
            )
        self.database_name = database_name
        self.security_group = self._security_group(network)
        self.role = self._role(key, load_from)
        groups = [
            encrypted_log_group(
                self,
                log.title(),
                key=key,
                retention_days=log_retention_days,
                name=f"/aws/redshift/{name}/{log}",
                removal_policy=removal_policy,
            )
            for log in audit_logs
        ]
        self.namespace = redshift.CfnNamespace(
            self,
            "Namespace",
            namespace_name=name,
            db_name=database_name,
            admin_username=admin_username,
            manage_admin_password=True,
            admin_password_secret_kms_key_id=key.key_arn,
            kms_key_id=key.key_arn,
            iam_roles=[self.role.role_arn],
            default_iam_role_arn=self.role.role_arn,
            log_exports=list(audit_logs),
            namespace_resource_policy=_resource_policy(inbound_integrations),
            snapshot_copy_configurations=[
                redshift.CfnNamespace.SnapshotCopyConfigurationProperty(
                    destination_region=snapshot_copy.region,
                    destination_kms_key_id=snapshot_copy.key_arn,
                    snapshot_retention_period=snapshot_copy.retention_days,
                )
            ]
            if snapshot_copy
            else None,
            final_snapshot_name=f"{name}-final" if final_snapshot_days else None,
            final_snapshot_retention_period=final_snapshot_days,
        )
        self.namespace.apply_removal_policy(removal_policy)
        if groups:
            self.namespace.node.add_dependency(*groups)
        self.workgroup = redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=name,
            namespace_name=self.namespace.ref,
            base_capacity=capacity.base,
            max_capacity=capacity.maximum,
            price_performance_target=redshift.CfnWorkgroup.PerformanceTargetProperty(
                status="ENABLED", level=capacity.price_performance_level
            )
            if capacity.price_performance_level is not None
            else None,
            enhanced_vpc_routing=True,
            publicly_accessible=False,
            port=PORT,
            security_group_ids=[self.security_group.security_group_id],
            subnet_ids=list(network.private_subnet_ids),
            config_parameters=_parameters(query_timeout_minutes, case_sensitive_identifiers),
        )

    @property
    def namespace_arn(self) -> str:
        """ARN of the namespace, the target of zero-ETL integrations."""
        return self.namespace.attr_namespace_namespace_arn

    @property
    def workgroup_arn(self) -> str:
        """ARN of the workgroup."""
        return self.workgroup.attr_workgroup_workgroup_arn

    @staticmethod
    def from_workgroup_arn(
        scope: Construct, id: str, *, name: str, workgroup_arn: str, namespace_arn: str
    ) -> NamedWarehouse:
        """Import a workgroup of Redshift Serverless with its namespace.

        Args:
            scope: scope of the new construct.
            id: id of the new construct.
            name: name of the workgroup.
            workgroup_arn: ARN of the workgroup, which ends in an id that AWS generates.
            namespace_arn: ARN of the namespace.
        """
        return NamedWarehouse(
            scope, id, name=name, workgroup_arn=workgroup_arn, namespace_arn=namespace_arn
        )

    def _security_group(self, network: INetwork) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            description="The warehouse: SQL from inside the VPC, HTTPS to AWS",
            allow_all_outbound=False,
        )
        for cidr in network.cidrs:
            group.add_ingress_rule(
                ec2.Peer.ipv4(cidr), ec2.Port.tcp(PORT), "SQL from inside the VPC"
            )
        # The gateway endpoint of S3 routes to public addresses.
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS APIs and S3")
        return group

    def _role(self, key: kms.IKey, policies: Sequence[AccessPolicy]) -> iam.Role:
        require_each("load_from", policies, AccessPolicy)
        own = AccessPolicy(self, "RolePolicy", statements=use_of_key(key), description=_DESCRIPTION)
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.CompositePrincipal(
                iam.ServicePrincipal("redshift-serverless.amazonaws.com"),
                iam.ServicePrincipal("redshift.amazonaws.com"),
            ),
            description=_DESCRIPTION,
            managed_policies=[policy.managed_policy for policy in (own, *policies)],
        )


def _resource_policy(sources: Sequence[str]) -> dict[str, object] | None:
    """Return the policy under which zero-ETL integrations of some sources may write.

    Who creates an integration in the same account has the right to by its own policies.
    """
    if not sources:
        return None
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "redshift.amazonaws.com"},
                "Action": "redshift:AuthorizeInboundIntegration",
                "Condition": {"StringEquals": {"aws:SourceArn": list(sources)}},
            }
        ],
    }


def _parameters(
    timeout_minutes: int | None, case_sensitive: bool
) -> list[redshift.CfnWorkgroup.ConfigParameterProperty]:
    values = {
        "enable_case_sensitive_identifier": str(case_sensitive).lower(),
        "enable_user_activity_logging": "true",
        "require_ssl": "true",
    }
    if timeout_minutes is not None:
        values["max_query_execution_time"] = str(timeout_minutes * 60)
    return [
        redshift.CfnWorkgroup.ConfigParameterProperty(parameter_key=key, parameter_value=value)
        for key, value in values.items()
    ]
