"""What deletes a Studio domain completely when its stack is deleted."""

from collections.abc import Sequence

from aws_cdk import CustomResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.security import AccessPolicy, WildcardStatement, format_arn

_TAG = "ManagedByAmazonSageMakerResource"
_BY_TAG = (
    "AWS names these; a condition, or for reading the handler, picks those that SageMaker "
    "tagged with a domain, and the handler those of its own."
)
_ANY_DOMAIN = (
    "An update that replaces the domain leaves the old one to clean up, whose id the policy "
    "would no longer name; the handler takes only the domain of its own resource."
)


class StudioCleanUp(Construct):
    """A custom resource whose deletion leaves nothing of a Studio domain behind.

    CloudFormation refuses to delete a domain that has apps, spaces or users which it does
    not know, and leaves the domain's file system in the VPC. This resource depends on the
    domain, so that it is deleted first. Give it further dependencies by `resource`. It deletes
    apps, spaces, user profiles, the domain with its home directories, mount targets, and
    the security groups that SageMaker made for NFS. It waits in steps, for up to 50 minutes
    in one deletion, because CloudFormation waits for a custom resource for an hour; what is
    left then is named in the stack's events, and deleting the stack again goes on with it.

    A single user who is removed while the domain stays needs `clean_up_user`.

    Use it only where home directories may be lost. It does nothing while the stack stays:
    taking it out of a stack, as a change of the removal policy to RETAIN does, deletes
    nothing. A domain that an update replaces is cleaned up like one that is deleted.

    That CloudFormation takes a domain and profiles that are gone already as deleted, that
    SageMaker's deletion of a domain takes the file system along, and that its tags are as
    expected (see the handler), only AWS can show; emulators and tests take it for granted.

    Args:
        domain: the domain.
        key: encrypts the logs; its policy must allow CloudWatch Logs to use it.
        user_stacks: names of further stacks whose users are given to `clean_up_user`.
        log_retention_days: how long logs are kept; one of the periods that CloudWatch Logs
            offers. They go with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: sagemaker.CfnDomain,
        key: kms.IKey,
        log_retention_days: int,
        user_stacks: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        self._waiting = WaitingResource(
            self,
            "Waiting",
            folder="studio_clean_up",
            resource_type="StudioCleanUp",
            properties={"DomainId": domain.attr_domain_id, "DomainArn": domain.attr_domain_arn},
            is_complete_statements=_statements(self, domain, user_stacks),
            key=key,
            log_retention_days=log_retention_days,
            description="Cleaning up Studio",
        )
        self.resource = self._waiting.resource
        self.resource.node.add_dependency(domain)

    def clean_up_user(self, scope: Construct, profile: sagemaker.CfnUserProfile) -> CustomResource:
        """Let the apps and spaces of a user go before their profile, while the domain stays.

        Args:
            scope: where the resource is made, in the stack of the profile.
            profile: its removal from the stack removes what the user has.
        """
        resource = self._waiting.add(
            scope,
            "CleanUp",
            resource_type="StudioUserCleanUp",
            properties={
                "DomainId": profile.domain_id,
                "UserProfileName": profile.user_profile_name,
                "ProfileLogicalId": Stack.of(profile).get_logical_id(profile),
            },
        )
        resource.node.add_dependency(profile)
        return resource

    def clean_up_workload(
        self, scope: Construct, *, security_group_id: str, prefix: str
    ) -> CustomResource:
        """Let endpoints and jobs that people started go with the stack of the domain.

        They would keep the security group and the subnets. The apps in which people start more
        are deleted first. While the stack stays, nothing is stopped or deleted.

        Args:
            scope: where the resource is made, in the stack of the domain.
            security_group_id: security group of the jobs and models.
            prefix: beginning of the names of endpoints, models and configurations of people.
        """
        policy = AccessPolicy(
            self,
            "WorkloadPolicy",
            description="Cleaning up what people started",
            statements=_workload_statements(scope, prefix),
            attached_to=[self._waiting.is_complete_role],
        )
        resource = self._waiting.add(
            scope,
            "WorkloadCleanUp",
            resource_type="StudioWorkloadCleanUp",
            properties={"SecurityGroupId": security_group_id, "Prefix": prefix},
        )
        resource.node.add_dependency(policy)
        # So that it is deleted after the domain's apps are gone.
        self._waiting.resource.node.add_dependency(resource)
        return resource


def _workload_statements(scope: Construct, prefix: str) -> list[iam.PolicyStatement]:
    """Return what ends the endpoints and jobs of people."""
    stack = Stack.of(scope)

    def arns(name: str, *resources: str) -> list[str]:
        return [
            format_arn(stack, service="sagemaker", resource=resource, resource_name=name)
            for resource in resources
        ]

    jobs = {
        "AutoMLJob": "automl-job",
        "HyperParameterTuningJob": "hyper-parameter-tuning-job",
        "ProcessingJob": "processing-job",
        "TrainingJob": "training-job",
        "TransformJob": "transform-job",
    }
    return [
        WildcardStatement(
            actions=[
                "sagemaker:DeleteEndpoint",
                "sagemaker:DeleteEndpointConfig",
                "sagemaker:DeleteModel",
            ],
            resources=arns(f"{prefix}*", "endpoint", "endpoint-config", "model"),
            wildcard_reason="What people make by hand, whose names begin so.",
        ),
        WildcardStatement(
            actions=["sagemaker:DeleteInferenceComponent"],
            resources=arns("*", "inference-component"),
            wildcard_reason="Names of components are the users' own; the handler takes those of "
            "the endpoints above.",
        ),
        WildcardStatement(
            actions=[
                *(f"sagemaker:Describe{noun}" for noun in jobs if noun != "AutoMLJob"),
                "sagemaker:DescribeAutoMLJobV2",
                *(f"sagemaker:Stop{noun}" for noun in jobs),
            ],
            resources=arns("*", *jobs.values()),
            wildcard_reason="Names of jobs are the users' own; the handler takes those in the "
            "security group of the environment.",
        ),
        WildcardStatement(
            actions=[
                "ec2:DescribeNetworkInterfaces",
                "sagemaker:ListEndpointConfigs",
                "sagemaker:ListEndpoints",
                "sagemaker:ListInferenceComponents",
                "sagemaker:ListModels",
                *(f"sagemaker:List{noun}s" for noun in jobs),
            ],
            resources=["*"],
            wildcard_reason="IAM knows no resources for these lists; reading only.",
        ),
    ]


def _statements(
    scope: Construct, domain: sagemaker.CfnDomain, user_stacks: Sequence[str]
) -> list[iam.PolicyStatement]:
    """Return what deletes one domain, and finds out whether it has to go."""
    stack = Stack.of(scope)

    def arn(service: str, resource: str, name: str) -> str:
        return format_arn(stack, service=service, resource=resource, resource_name=name)

    # Any domain of the account and region: when an update replaces the domain, this policy
    # is updated before the old one is cleaned up, and would name the new one only.
    tagged = {"StringLike": {f"aws:ResourceTag/{_TAG}": arn("sagemaker", "domain", "*")}}
    return [
        WildcardStatement(
            actions=[
                "cloudformation:DescribeStackResource",
                "cloudformation:DescribeStacks",
                "cloudformation:GetTemplate",
            ],
            resources=[
                stack.stack_id,
                *(arn("cloudformation", "stack", f"{name}/*") for name in user_stacks),
            ],
            wildcard_reason="CloudFormation adds an id to the name of a stack.",
        ),
        WildcardStatement(
            actions=["sagemaker:DeleteDomain", "sagemaker:DescribeDomain"],
            resources=[arn("sagemaker", "domain", "*")],
            wildcard_reason=_ANY_DOMAIN,
        ),
        *(
            WildcardStatement(
                actions=[f"sagemaker:Delete{noun}", f"sagemaker:Describe{noun}"],
                resources=[arn("sagemaker", resource, "*")],
                wildcard_reason=_ANY_DOMAIN,
            )
            for noun, resource in (
                ("App", "app"),
                ("Space", "space"),
                ("UserProfile", "user-profile"),
            )
        ),
        WildcardStatement(
            actions=[
                "ec2:DescribeSecurityGroups",
                "sagemaker:ListApps",
                "sagemaker:ListSpaces",
                "sagemaker:ListUserProfiles",
            ],
            resources=["*"],
            wildcard_reason="IAM knows no resources for these lists; reading only.",
        ),
        WildcardStatement(
            actions=[
                "elasticfilesystem:DescribeFileSystems",
                "elasticfilesystem:DescribeMountTargets",
            ],
            resources=[arn("elasticfilesystem", "file-system", "*")],
            wildcard_reason=_BY_TAG,
        ),
        WildcardStatement(
            actions=["elasticfilesystem:DeleteFileSystem", "elasticfilesystem:DeleteMountTarget"],
            resources=[arn("elasticfilesystem", "file-system", "*")],
            conditions=tagged,
            wildcard_reason=_BY_TAG,
        ),
        # EFS deletes the interface of a mount target on behalf of its caller (AWS:
        # DeleteMountTarget in the EFS API reference).
        WildcardStatement(
            actions=["ec2:DeleteNetworkInterface"],
            resources=[arn("ec2", "network-interface", "*")],
            conditions={"ArnEquals": {"ec2:Vpc": arn("ec2", "vpc", str(domain.vpc_id))}},
            wildcard_reason="Interfaces of mount targets, which AWS names, in this one VPC.",
        ),
        WildcardStatement(
            actions=[
                "ec2:DeleteSecurityGroup",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
            ],
            resources=[arn("ec2", "security-group", "*")],
            conditions=tagged,
            wildcard_reason=_BY_TAG,
        ),
    ]
