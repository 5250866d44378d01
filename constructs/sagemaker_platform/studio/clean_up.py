"""What deletes a Studio domain completely when its stack is deleted."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import CustomResource, Duration, RemovalPolicy, Stack, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct, IConstruct, IDependable

from sagemaker_platform.security import AccessPolicy, Allow, acknowledge, in_compliance_packs

_HANDLERS = Path(__file__).parents[1] / "custom_resources"
_FOLDER = "studio_clean_up"
_TAG = "ManagedByAmazonSageMakerResource"
_BY_TAG = (
    "AWS names these; a condition, or for reading the handler, picks those that SageMaker "
    "tagged with this one domain."
)


class StudioCleanUp(Construct):
    """A custom resource whose deletion leaves nothing of a Studio domain behind.

    CloudFormation refuses to delete a domain that has apps, spaces or users which it does
    not know, and leaves the domain's file system in the VPC. This resource depends on the
    domain, and on what is given to `after`, so that it is deleted before them: it deletes
    apps, spaces, user profiles, the domain with its home directories, mount targets, and
    the security groups that SageMaker made for NFS. It waits in steps, for up to 50 minutes
    in one deletion, because CloudFormation waits for a custom resource for an hour; what is
    left then is named in the stack's events, and deleting the stack again goes on with it.

    Use it only where home directories may be lost. It does nothing while the stack stays:
    taking it out of a stack, as a change of the removal policy to RETAIN does, deletes
    nothing. A domain that an update replaces is cleaned up like one that is deleted.

    That CloudFormation takes a domain and profiles that are gone already as deleted, that
    SageMaker's deletion of a domain takes the file system along, and that its tags are as
    expected (see the handler), only AWS can show; emulators and tests take it for granted.

    Args:
        domain: the domain.
        key: encrypts the logs; its policy must allow CloudWatch Logs to use it.
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
    ) -> None:
        super().__init__(scope, id)
        self._log_group = logs.LogGroup(
            self, "Logs", encryption_key=key, removal_policy=RemovalPolicy.DESTROY
        )
        resource = self._log_group.node.default_child
        assert isinstance(resource, logs.CfnLogGroup)
        resource.retention_in_days = log_retention_days

        self._code = lambda_.Code.from_asset(
            str(_HANDLERS), exclude=["*", f"!{_FOLDER}", f"!{_FOLDER}/*.py"]
        )
        on_event = self._function("OnEvent", handler="on_event", statements=[])
        is_complete = self._function(
            "IsComplete", handler="is_complete", statements=_statements(self, domain)
        )
        # The roles are given, and their policies attached below, because the framework
        # would write policies into them.
        event_role, wait_role = self._role("EventRole"), self._role("WaitRole")
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=Duration.seconds(30),
            total_timeout=Duration.hours(1),
            framework_on_event_role=event_role.without_policy_updates(),
            framework_complete_and_timeout_role=wait_role.without_policy_updates(),
            log_group=self._log_group,
        )
        waiter = provider.node.find_child("waiter-state-machine")
        state_machine = waiter.node.find_child("Resource")
        assert isinstance(state_machine, stepfunctions.CfnStateMachine)
        start = Allow(actions=["states:StartExecution"], resources=[state_machine.ref])
        event_policy = self._policy("EventPolicy", [self._logging(), _invoke(on_event), start])
        event_policy.attach_to_role(event_role)
        wait_policy = self._policy("WaitPolicy", [self._logging(), _invoke(is_complete)])
        wait_policy.attach_to_role(wait_role)

        self.resource = CustomResource(
            self,
            "Resource",
            resource_type="Custom::StudioCleanUp",
            service_token=provider.service_token,
            properties={"DomainId": domain.attr_domain_id, "DomainArn": domain.attr_domain_arn},
        )
        self.after(domain, provider, event_policy, wait_policy)
        framework = [
            child for child in provider.node.children if isinstance(child, lambda_.Function)
        ]
        _acknowledge_functions([on_event, is_complete, *framework])
        _acknowledge_waiter(waiter, framework)

    def after(self, *others: IDependable) -> None:
        """Let this exist after others, and so be deleted before them."""
        self.resource.node.add_dependency(*others)

    def _function(self, id: str, *, handler: str, statements: Sequence[Allow]) -> lambda_.Function:
        policy = self._policy(f"{id}Policy", [self._logging(), *statements])
        return lambda_.Function(
            self,
            id,
            code=self._code,
            handler=f"{_FOLDER}.index.{handler}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            # The handler begins nothing after a minute; a last call may hang for most of another.
            timeout=Duration.minutes(3),
            memory_size=256,
            role=self._role(f"{id}Role", policy),
            log_group=self._log_group,
            description="Cleaning up Studio",
        )

    def _role(self, id: str, *policies: iam.IManagedPolicy) -> iam.Role:
        return iam.Role(
            self,
            id,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Cleaning up Studio",
            managed_policies=list(policies),
        )

    def _policy(self, id: str, statements: Sequence[Allow]) -> iam.ManagedPolicy:
        return AccessPolicy(
            self, id, statements=statements, description="Cleaning up Studio"
        ).managed_policy

    def _logging(self) -> Allow:
        # Not CreateLogGroup: a late line would bring the group back after its deletion.
        return Allow(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[self._log_group.log_group_arn],
        )


def _invoke(function: lambda_.IFunction) -> Allow:
    return Allow(
        actions=["lambda:GetFunction", "lambda:InvokeFunction"], resources=[function.function_arn]
    )


def _acknowledge_functions(functions: Sequence[lambda_.Function]) -> None:
    for function in functions:
        acknowledge(
            function,
            in_compliance_packs("LambdaInsideVPC"),
            reason="Calls AWS only, and empties the VPC, which its own interfaces would hold.",
        )
        acknowledge(
            function,
            ["NIST.800.53.R5-LambdaConcurrency", "HIPAA.Security-LambdaConcurrency"],
            reason="One deployment of one stack calls it, one call after the other.",
        )
        acknowledge(
            function,
            ["NIST.800.53.R5-LambdaDLQ", "HIPAA.Security-LambdaDLQ"],
            reason="CloudFormation waits for the answer, and fails the deployment without it.",
        )


def _acknowledge_waiter(waiter: IConstruct, framework: Sequence[lambda_.Function]) -> None:
    stack = Stack.of(waiter)
    acknowledge(
        waiter.node.find_child("Resource"),
        ["AwsSolutions-SF1", "AwsSolutions-SF2"],
        reason="Only calls one function until that is done; the function logs every call.",
    )
    policy = waiter.node.find_child("Role").node.find_child("DefaultPolicy")
    acknowledge(
        policy,
        in_compliance_packs("IAMNoInlinePolicy"),
        reason="The CDK's provider framework writes it; no other role may have it.",
    )
    called = [function for function in framework if not function.node.id.endswith("onEvent")]
    resources = [function.node.default_child for function in called]
    acknowledge(
        policy,
        [
            f"AwsSolutions-IAM5[Resource::<{stack.get_logical_id(resource)}.Arn>:*]"
            for resource in resources
            if isinstance(resource, lambda_.CfnFunction)
        ],
        reason="Versions of the two functions that it calls, written by the CDK's framework.",
    )


def _statements(scope: Construct, domain: sagemaker.CfnDomain) -> list[Allow]:
    """Return what deletes one domain, and finds out whether it has to go."""
    stack = Stack.of(scope)

    def arn(service: str, resource: str, name: str) -> str:
        return stack.format_arn(service=service, resource=resource, resource_name=name)

    tagged = {"StringEquals": {f"aws:ResourceTag/{_TAG}": domain.attr_domain_arn}}
    of_domain = f"{domain.attr_domain_id}/*"
    return [
        Allow(
            actions=["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"],
            resources=[stack.stack_id],
        ),
        Allow(
            actions=["sagemaker:DeleteDomain", "sagemaker:DescribeDomain"],
            resources=[domain.attr_domain_arn],
        ),
        *(
            Allow(
                actions=[f"sagemaker:Delete{noun}", f"sagemaker:Describe{noun}"],
                resources=[arn("sagemaker", resource, of_domain)],
                wildcard_reason="Whatever users made in this one domain.",
            )
            for noun, resource in (
                ("App", "app"),
                ("Space", "space"),
                ("UserProfile", "user-profile"),
            )
        ),
        Allow(
            actions=[
                "ec2:DescribeSecurityGroups",
                "sagemaker:ListApps",
                "sagemaker:ListSpaces",
                "sagemaker:ListUserProfiles",
            ],
            resources=["*"],
            wildcard_reason="IAM knows no resources for these lists; reading only.",
        ),
        Allow(
            actions=[
                "elasticfilesystem:DescribeFileSystems",
                "elasticfilesystem:DescribeMountTargets",
            ],
            resources=[arn("elasticfilesystem", "file-system", "*")],
            wildcard_reason=_BY_TAG,
        ),
        Allow(
            actions=["elasticfilesystem:DeleteFileSystem", "elasticfilesystem:DeleteMountTarget"],
            resources=[arn("elasticfilesystem", "file-system", "*")],
            conditions=tagged,
            wildcard_reason=_BY_TAG,
        ),
        # EFS deletes the interface of a mount target on behalf of its caller (AWS:
        # DeleteMountTarget in the EFS API reference).
        Allow(
            actions=["ec2:DeleteNetworkInterface"],
            resources=[arn("ec2", "network-interface", "*")],
            conditions={"ArnEquals": {"ec2:Vpc": arn("ec2", "vpc", str(domain.vpc_id))}},
            wildcard_reason="Interfaces of mount targets, which AWS names, in this one VPC.",
        ),
        Allow(
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
