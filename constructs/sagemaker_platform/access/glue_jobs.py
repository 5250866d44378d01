"""The activity of running Glue jobs."""

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.access.persona import PERSONA_TAG
from sagemaker_platform.access.workload import Workload
from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket
from sagemaker_platform.security import WildcardStatement, format_arn, glue_in_vpc, put_metrics_in

_OWN = "Jobs and sessions of one persona, whose names begin with it."
_LOG_GROUPS = "Glue names its log groups after its kinds of work."


@checks_types
class GlueJobConnection(Construct):
    """A Glue connection of type NETWORK, which takes Glue jobs into the VPC.

    Jobs get the security group of the workload, and its first private subnet.

    Args:
        name: name of the connection, unique in account and region.
        workload: the network.
        zone: availability zone of the first private subnet.
    """

    INTERFACE_ENDPOINTS = ("CLOUDWATCH_LOGS", "GLUE", "LAKE_FORMATION", "STS")
    """AWS services that people and Glue's workers call from inside the VPC."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, workload: Workload, zone: str
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.resource = glue.CfnConnection(
            self,
            "Resource",
            catalog_id=Stack.of(self).account,
            connection_input=glue.CfnConnection.ConnectionInputProperty(
                name=name,
                connection_type="NETWORK",
                description=f"Network of Glue jobs, {self.node.path}",
                physical_connection_requirements=(
                    glue.CfnConnection.PhysicalConnectionRequirementsProperty(
                        availability_zone=zone,
                        subnet_id=workload.subnet_ids[0],
                        security_group_id_list=[workload.security_group.security_group_id],
                    )
                ),
            ),
        )


@checks_types
def run_glue_jobs(
    workload: Workload, *, files: s3.IBucket, connection: GlueJobConnection
) -> list[iam.PolicyStatement]:
    """Return the permissions to run Glue jobs and interactive sessions in the VPC.

    A job runs with the role of the persona that creates it, so it reaches the data that the
    persona reaches, in Amazon S3 and through Lake Formation. Who changes or starts a job acts with
    its role, so names begin with the prefix of the workload and with the persona. IAM compares the
    subnets and security groups of a job's connections with those of the workload (Glue Developer
    Guide, "Control policies that control settings using condition keys").

    Args:
        workload: network and names to use.
        files: where scripts and temporary files are.
        connection: the connection that takes jobs into the VPC.
    """
    stack = Stack.of(workload)
    name = f"{workload.prefix}${{aws:PrincipalTag/{PERSONA_TAG}}}-*"
    own = [
        format_arn(workload, service="glue", resource=kind, resource_name=name)
        for kind in ("job", "session")
    ]
    logs = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:/aws-glue/*"
    in_vpc = {
        "glue:SecurityGroupIds": [workload.security_group.security_group_id],
        "glue:SubnetIds": workload.subnet_ids[:1],
    }
    return [
        WildcardStatement(
            actions=["glue:CreateJob", "glue:CreateSession", "glue:UpdateJob"],
            resources=own,
            conditions={
                "ForAllValues:StringEquals": in_vpc,
                "Null": dict.fromkeys(in_vpc, "false"),
            },
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=[
                "glue:BatchStopJobRun",
                "glue:CancelStatement",
                "glue:DeleteJob",
                "glue:DeleteSession",
                "glue:GetJob",
                "glue:GetJobRun",
                "glue:GetJobRuns",
                "glue:GetSession",
                "glue:GetStatement",
                "glue:ListStatements",
                "glue:RunStatement",
                "glue:StartJobRun",
                "glue:StopSession",
                # Studio's clients tag what they create.
                "glue:TagResource",
            ],
            resources=own,
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            # Sessions are none of the types that the action acts on.
            actions=["glue:GetTags"],
            resources=own[:1],
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=["glue:ListJobs", "glue:ListSessions"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists; reading names only.",
        ),
        iam.PolicyStatement(
            actions=["glue:GetConnection"],
            resources=[
                stack.format_arn(service="glue", resource="catalog"),
                stack.format_arn(
                    service="glue", resource="connection", resource_name=connection.name
                ),
            ],
        ),
        # What follows is what Glue does with the role of the persona.
        WildcardStatement(
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:FilterLogEvents",
                "logs:GetLogEvents",
                "logs:PutLogEvents",
            ],
            resources=[logs],
            wildcard_reason=_LOG_GROUPS,
        ),
        put_metrics_in("Glue"),
        *glue_in_vpc(workload),
        *access_to_bucket(files, write=True),
    ]
