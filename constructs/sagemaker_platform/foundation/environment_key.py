"""The customer-managed key of an environment."""

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import grant


@checks_types
class EnvironmentKey(Construct):
    """A symmetric KMS key with yearly rotation, for all data of one environment.

    Principals of the account get access through their own policies
    (`use_of_key`); the key policy adds only the services that act without a
    role of ours: CloudWatch Logs, for log groups of this account and region, and
    CloudWatch and EventBridge, for what they send to an encrypted topic.

    Args:
        alias: name of the key without ``alias/``.
        removal_policy: with DESTROY the key is deleted after a waiting period of 7 days,
            in which it can still be recovered; with RETAIN it stays for good.
    """

    def __init__(
        self, scope: Construct, id: str, *, alias: str, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        self._events_queue = False
        self.key: kms.IKey = kms.Key(
            self,
            "Resource",
            alias=alias,
            description=f"Encrypts the data of {alias}",
            enable_key_rotation=True,
            pending_window=Duration.days(7),
            removal_policy=removal_policy,
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": stack.format_arn(
                            service="logs",
                            resource="log-group",
                            resource_name="*",
                            arn_format=ArnFormat.COLON_RESOURCE_NAME,
                        )
                    }
                },
            )
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
        # What EventBridge sends to a topic is encrypted in its name. SNS says for which topic.
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:sns:topicArn": stack.format_arn(
                            service="sns", resource="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
                        )
                    }
                },
            )
        )

    @staticmethod
    def from_key_arn(scope: Construct, id: str, *, key_arn: str) -> "EnvironmentKey":
        """Use an existing key where a construct takes the key of an environment.

        Its policy stays as it is. Its owner adds the statements that a key created here has, and
        for a key of another account, that the account's own policies decide.

        Args:
            scope: scope of the construct.
            id: id of the construct.
            key_arn: ARN of a symmetric key in the region of the stack.
        """
        return _ExistingKey(scope, id, key_arn=key_arn)

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant working with data that the key encrypts; see `use_of_key`."""
        return grant(grantee, use_of_key(self.key))

    def grant_prometheus_send(self) -> None:
        """Let alerts of Amazon Managed Service for Prometheus reach encrypted topics."""
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("aps.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:sns:topicArn": Stack.of(self).format_arn(
                            service="sns", resource="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
                        )
                    }
                },
            )
        )

    def grant_events_queue(self) -> None:
        """Let EventBridge send events that it cannot deliver to encrypted dead-letter queues.

        Calling it again changes nothing.
        """
        if self._events_queue:
            return
        self._events_queue = True
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:sqs:arn": Stack.of(self).format_arn(
                            service="sqs", resource="*", arn_format=ArnFormat.NO_RESOURCE_NAME
                        )
                    }
                },
            )
        )

    def grant_budgets_send(self) -> None:
        """Let alerts of AWS Budgets reach encrypted topics."""
        self._grant_send("budgets.amazonaws.com")

    def grant_anomalies_send(self) -> None:
        """Let alerts of AWS Cost Anomaly Detection reach encrypted topics."""
        self._grant_send("costalerts.amazonaws.com")

    def _grant_send(self, service: str) -> None:
        stack = Stack.of(self)
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service)],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )

    def grant_trail_write(self, trail_arn: str) -> None:
        """Let a trail of CloudTrail encrypt what it delivers to an encrypted bucket.

        (AWS CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail", which asks for
        kms:Decrypt where the bucket has an S3 Bucket Key; read 2026-11-27.)
        """
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceArn": trail_arn}},
            )
        )

    def grant_macie_read(self) -> None:
        """Let Amazon Macie read encrypted objects, with its service-linked role.

        The role is there only once Macie is on, so that no principal can name it before. (Amazon
        Macie User Guide, "Allowing Macie to use a customer managed KMS key"; read 2026-11-27.)
        """
        stack = Stack.of(self)
        role = stack.format_arn(
            service="iam",
            region="",
            resource="role",
            resource_name="aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie",
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["kms:Decrypt"],
                resources=["*"],
                conditions={
                    "StringEquals": {"kms:CallerAccount": stack.account},
                    "ArnLike": {"aws:PrincipalArn": role},
                },
            )
        )

    def grant_lustre_read(self) -> None:
        """Let FSx for Lustre read and write the buckets that its file systems show.

        It does so with a service-linked role for each file system, which no policy of ours can
        reach (AWS: "Working with server-side encrypted Amazon S3 buckets" in the FSx for Lustre
        guide).
        """
        stack = Stack.of(self)
        role = stack.format_arn(
            service="iam",
            region="",
            resource="role",
            resource_name="aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/"
            "AWSServiceRoleForFSxS3Access_fs-*",
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "kms:CallerAccount": stack.account,
                        "kms:ViaService": f"s3.{stack.region}.amazonaws.com",
                    },
                    "ArnLike": {"aws:PrincipalArn": role},
                },
            )
        )


class _ExistingKey(EnvironmentKey):
    """A key whose policy others write: what would add to it adds nothing."""

    def __init__(self, scope: Construct, id: str, *, key_arn: str) -> None:
        Construct.__init__(self, scope, id)
        self.key = kms.Key.from_key_arn(self, "Resource", key_arn)

    def grant_prometheus_send(self) -> None:
        """Leave it to the owner of the key."""

    def grant_events_queue(self) -> None:
        """Leave it to the owner of the key."""

    def grant_budgets_send(self) -> None:
        """Leave it to the owner of the key."""

    def grant_anomalies_send(self) -> None:
        """Leave it to the owner of the key."""

    def grant_trail_write(self, trail_arn: str) -> None:
        """Leave it to the owner of the key."""

    def grant_lustre_read(self) -> None:
        """Leave it to the owner of the key."""


def use_of_key(key: kms.IKey) -> list[iam.PolicyStatement]:
    """Return what a role needs to work with data that a key encrypts.

    Grants are allowed to AWS services only: SageMaker attaches encrypted volumes to apps
    and instances on behalf of the role.
    """
    return use_of_key_arn(key.key_arn)


def use_of_key_arn(key_arn: str) -> list[iam.PolicyStatement]:
    """Return what a role needs to work with data that another owner's key encrypts.

    Args:
        key_arn: ARN of the key, whose policy has to allow it too; see `use_of_key`.
    """
    return [
        iam.PolicyStatement(
            actions=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            resources=[key_arn],
        ),
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def use_of_volumes(key: kms.IKey) -> list[iam.PolicyStatement]:
    """Return what a role needs so that SageMaker attaches encrypted volumes for it.

    (AWS: "Encrypt Your SageMaker Studio Data with a Customer-Managed Key".)
    """
    return [
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
            resources=[key.key_arn],
        ),
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key.key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
