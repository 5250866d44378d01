"""What becomes of objects as they grow old, and where copies of them go."""

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import AccessPolicy, WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class DataLifecycle:
    """When objects move to cheaper storage. All of it in days since an object was written.

    Args:
        intelligent_tiering_days: from then on S3 Intelligent-Tiering decides; 0 is at once.
        archive_days: Intelligent-Tiering moves objects unread for this long into its Archive
            Access tier, from which an object has to be restored before it can be read.
        deep_archive_days: the same for its Deep Archive Access tier.
        infrequent_access_days: objects move to S3 Standard-IA; 30 or more.
        glacier_instant_retrieval_days: objects move to S3 Glacier Instant Retrieval, which
            queries read like any other storage.
        expiration_days: objects are deleted.
    """

    intelligent_tiering_days: int | None = None
    archive_days: int | None = None
    deep_archive_days: int | None = None
    infrequent_access_days: int | None = None
    glacier_instant_retrieval_days: int | None = None
    expiration_days: int | None = None

    def apply(self, bucket: s3.Bucket) -> None:
        """Add the rules to a bucket."""
        # Names, because each storage class is asked of the CDK.
        moves = (
            (self.intelligent_tiering_days, "INTELLIGENT_TIERING"),
            (self.infrequent_access_days, "INFREQUENT_ACCESS"),
            (self.glacier_instant_retrieval_days, "GLACIER_INSTANT_RETRIEVAL"),
        )
        transitions = [
            s3.Transition(
                storage_class=getattr(s3.StorageClass, storage),
                transition_after=Duration.days(days),
            )
            for days, storage in moves
            if days is not None
        ]
        if transitions or self.expiration_days is not None:
            bucket.add_lifecycle_rule(
                transitions=transitions,
                expiration=(
                    None if self.expiration_days is None else Duration.days(self.expiration_days)
                ),
            )
        if self.archive_days is None and self.deep_archive_days is None:
            return
        tiers = (
            ("ARCHIVE_ACCESS", self.archive_days),
            ("DEEP_ARCHIVE_ACCESS", self.deep_archive_days),
        )
        _resource(bucket).intelligent_tiering_configurations = [
            s3.CfnBucket.IntelligentTieringConfigurationProperty(
                id="archive",
                status="Enabled",
                tierings=[
                    s3.CfnBucket.TieringProperty(access_tier=tier, days=days)
                    for tier, days in tiers
                    if days is not None
                ],
            )
        ]


@checks_types
@dataclass(frozen=True, kw_only=True)
class Replication:
    """Copies of every new object in a bucket elsewhere.

    The bucket there must be versioned, and its policy must let the replication role in; both
    are up to its owner, and only AWS can show that they are so.

    Args:
        bucket_arn: the bucket that receives the copies.
        account: the account that owns it, and then the copies.
        region: its region.
        key_arn: the key there that encrypts the copies; its policy must let the role use it.
        role_name: name of the role that copies, so that the owner can name it beforehand.
    """

    bucket_arn: str
    account: str
    region: str
    key_arn: str
    role_name: str

    def apply(self, scope: Construct, bucket: s3.Bucket, key: kms.IKey) -> None:
        """Replicate a bucket that a key encrypts; the role is made below `scope`."""
        stack = Stack.of(scope)
        role = iam.Role(
            scope,
            "ReplicationRole",
            role_name=self.role_name,
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("s3.amazonaws.com"),
                {"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description=f"Replication of {scope.node.path}",
        )
        # Not among the role's own: the policy names the bucket, which names the role.
        AccessPolicy(
            scope,
            "ReplicationPolicy",
            description=f"Replication of {scope.node.path}",
            statements=self._statements(bucket, key, stack.region),
            attached_to=[role],
        )
        _resource(bucket).replication_configuration = s3.CfnBucket.ReplicationConfigurationProperty(
            role=role.role_arn,
            rules=[
                s3.CfnBucket.ReplicationRuleProperty(
                    id="all",
                    status="Enabled",
                    priority=1,
                    filter=s3.CfnBucket.ReplicationRuleFilterProperty(prefix=""),
                    # What is deleted here is not deleted there: a copy is a copy.
                    delete_marker_replication=(
                        s3.CfnBucket.DeleteMarkerReplicationProperty(status="Disabled")
                    ),
                    source_selection_criteria=(
                        s3.CfnBucket.SourceSelectionCriteriaProperty(
                            sse_kms_encrypted_objects=(
                                s3.CfnBucket.SseKmsEncryptedObjectsProperty(status="Enabled")
                            )
                        )
                    ),
                    destination=s3.CfnBucket.ReplicationDestinationProperty(
                        bucket=self.bucket_arn,
                        account=self.account,
                        access_control_translation=(
                            s3.CfnBucket.AccessControlTranslationProperty(owner="Destination")
                        ),
                        encryption_configuration=(
                            s3.CfnBucket.EncryptionConfigurationProperty(
                                replica_kms_key_id=self.key_arn
                            )
                        ),
                    ),
                )
            ],
        )

    def _statements(
        self, bucket: s3.Bucket, key: kms.IKey, region: str
    ) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                actions=["s3:GetReplicationConfiguration", "s3:ListBucket"],
                resources=[bucket.bucket_arn],
            ),
            WildcardStatement(
                actions=[
                    "s3:GetObjectVersionAcl",
                    "s3:GetObjectVersionForReplication",
                    "s3:GetObjectVersionTagging",
                ],
                resources=[f"{bucket.bucket_arn}/*"],
                wildcard_reason="Every object of one bucket is copied.",
            ),
            WildcardStatement(
                actions=[
                    "s3:ObjectOwnerOverrideToBucketOwner",
                    "s3:ReplicateDelete",
                    "s3:ReplicateObject",
                    "s3:ReplicateTags",
                ],
                resources=[f"{self.bucket_arn}/*"],
                wildcard_reason="Copies of objects in one bucket: their keys are not known.",
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[key.key_arn],
                conditions={"StringLike": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
            ),
            iam.PolicyStatement(
                actions=["kms:Encrypt"],
                resources=[self.key_arn],
                conditions={"StringLike": {"kms:ViaService": f"s3.{self.region}.amazonaws.com"}},
            ),
        ]


def _resource(bucket: s3.Bucket) -> s3.CfnBucket:
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    return resource
