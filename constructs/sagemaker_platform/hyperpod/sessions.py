"""How people reach the nodes of a cluster."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.hyperpod.existing_cluster import DESCRIBE_ACTIONS, ClusterAccess
from sagemaker_platform.security import WildcardStatement, grant


@checks_types
class LoginSessions(Construct):
    """Shells on the nodes through Session Manager, without keys, open ports or public addresses.

    A session is one of a user of the operating system: of the one named by the tag
    ``SSMSessionRunAs`` of the caller's role or session, or else of ``default_user``. Neither may
    become root. Sessions are to all nodes of the cluster, since IAM knows a cluster and not its
    groups; jobs belong on compute nodes through Slurm.

    Args:
        name: name of the session document, unique in account and region.
        default_user: user of callers whose role and session have no tag.
        idle_minutes: after which a session ends, from 1 to 60.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        default_user: str,
        idle_minutes: int = 60,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.document = ssm.CfnDocument(
            self,
            "Resource",
            name=name,
            document_type="Session",
            # A change of the content is a new version, in place.
            update_method="NewVersion",
            content={
                "schemaVersion": "1.0",
                "description": f"A shell as {default_user}, or as SSMSessionRunAs says",
                "sessionType": "Standard_Stream",
                "inputs": {
                    "runAsEnabled": True,
                    "runAsDefaultUser": default_user,
                    "idleSessionTimeout": str(idle_minutes),
                    "shellProfile": {"linux": "cd ~; exec bash --login"},
                },
            },
        )

    def grant_start(self, grantee: iam.IGrantable, cluster: ClusterAccess) -> iam.Grant:
        """Grant starting sessions on a cluster, and resuming and ending their own."""
        return grant(grantee, self.start_statements(cluster))

    def start_statements(self, cluster: ClusterAccess) -> list[iam.PolicyStatement]:
        """Return the permissions to open, resume and end sessions of their own on a cluster.

        Only sessions of this document: not one of AWS's, with which the caller would be another
        user, or forward ports.
        """
        stack = Stack.of(self)
        document = stack.format_arn(service="ssm", resource="document", resource_name=self.name)
        return [
            iam.PolicyStatement(
                actions=["ssm:StartSession"],
                resources=[cluster.arn, document],
                conditions={"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}},
            ),
            WildcardStatement(
                actions=["ssm:ResumeSession", "ssm:TerminateSession"],
                resources=[
                    stack.format_arn(
                        service="ssm", resource="session", resource_name="${aws:userid}-*"
                    )
                ],
                wildcard_reason="Sessions of the caller's own, whose names begin with the caller.",
            ),
        ]


def see_clusters(scope: IConstruct, *, tag: tuple[str, str]) -> list[iam.PolicyStatement]:
    """Return the permissions to see clusters that carry a tag, their nodes and their events.

    The statement does not refer to the clusters, so that it can be made before them. Source:
    Service Authorization Reference, "Amazon SageMaker AI": condition keys of the type cluster.

    Args:
        scope: scope of the statement.
        tag: key and value of the tag.
    """
    key, value = tag
    return [
        WildcardStatement(
            actions=DESCRIBE_ACTIONS,
            resources=[
                Stack.of(scope).format_arn(
                    service="sagemaker", resource="cluster", resource_name="*"
                )
            ],
            conditions={"StringEquals": {f"aws:ResourceTag/{key}": value}},
            wildcard_reason="SageMaker chooses the IDs; a tag tells the environment's own.",
        )
    ]


def list_clusters() -> iam.PolicyStatement:
    """Return the statement to list the clusters of the account, which has no resource."""
    return WildcardStatement(
        actions=["sagemaker:ListClusters"],
        resources=["*"],
        wildcard_reason="IAM cannot restrict this list; it gives names only.",
    )
