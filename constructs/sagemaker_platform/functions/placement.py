"""Putting the Lambda functions of stacks into a VPC, for companies that demand it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import CfnResource, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import AccessPolicy, WildcardStatement

# Interface endpoints of the services that functions call, by the prefix of their actions (AWS
# PrivateLink guide, "AWS services that integrate with AWS PrivateLink", 2026-11). Empty: reached
# through a gateway endpoint, or called by Lambda itself, outside of the VPC.
_ENDPOINTS: Mapping[str, Sequence[str]] = {
    "cloudformation": ["CLOUDFORMATION"],
    "cloudwatch": ["CLOUDWATCH_MONITORING"],
    "datazone": ["DATAZONE"],
    "dynamodb": [],
    "ec2": ["EC2"],
    "ecr": ["ECR", "ECR_DOCKER"],
    "eks": ["EKS"],
    "elasticfilesystem": ["ELASTIC_FILESYSTEM"],
    "events": ["EVENTBRIDGE"],
    "glue": ["GLUE"],
    "kms": ["KMS"],
    # Its handler asks for the account, for which no permission is needed.
    "lakeformation": ["LAKE_FORMATION", "STS"],
    "lambda": ["LAMBDA_"],
    "logs": [],
    "redshift": ["REDSHIFT"],
    "redshift-data": ["REDSHIFT_DATA"],
    "redshift-serverless": ["REDSHIFT_SERVERLESS"],
    "s3": [],
    "sagemaker": ["SAGEMAKER_API"],
    "secretsmanager": ["SECRETS_MANAGER"],
    "sns": ["SNS"],
    "sqs": ["SQS"],
    "ssm": ["SSM"],
    "states": ["STEP_FUNCTIONS"],
    "sts": ["STS"],
}
# AWS managed policy AWSLambdaVPCAccessExecutionRole, without the logs.
_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
# Rights that Lambda or other services use. IAM has an endpoint in one region only; it is asked
# about administrators that Lake Formation refuses, and nothing else.
_NOT_CALLED = (
    "iam:GetRole",
    "iam:GetUser",
    "iam:PassRole",
    "sqs:SendMessage",
    "sso:AssociateProfile",
    "sso:DisassociateProfile",
    "sso:GetProfile",
    "sso:ListProfiles",
    *_INTERFACES,
)


def network_interfaces() -> list[iam.PolicyStatement]:
    """Return what Lambda needs to run a function in a VPC."""
    return [
        WildcardStatement(
            actions=list(_INTERFACES),
            resources=["*"],
            wildcard_reason="Lambda makes the interfaces of the function; ids are new.",
        )
    ]


def place_in_vpc(scope: IConstruct, network: INetwork | ec2.IVpc) -> list[str]:
    """Put all functions below a construct into the private subnets of a network.

    Functions that are in a VPC already stay where they are. Call it when all stacks are built.
    The functions share one security group, whose members may open HTTPS connections. A deletion
    of the last function waits until Lambda has released its interfaces, for up to 40 minutes.

    Args:
        scope: the stacks.
        network: the network.

    Returns:
        Names of the interface endpoints that the functions need where the network has no NAT
        gateways, see `Network.serve_functions`.

    Raises:
        ValueError: a function calls a service for which no endpoint is known.
    """
    network = network_of(network)
    placed = _functions(scope)
    if not placed:
        return []
    home = Stack.of(network.vpc)
    group = ec2.SecurityGroup(
        home,
        "FunctionSecurityGroup",
        vpc=network.vpc,
        description="Lambda functions: HTTPS",
        allow_all_outbound=False,
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
    place = {
        "SubnetIds": list(network.private_subnet_ids),
        "SecurityGroupIds": [group.security_group_id],
    }
    needed: set[str] = set()
    for stack, functions in placed.items():
        roles = dict.fromkeys(filter(None, (_role_of(stack, one) for one in functions)))
        policy = AccessPolicy(
            stack,
            "FunctionInterfaces",
            statements=network_interfaces(),
            description="Network interfaces of Lambda functions",
            attached_to=[
                iam.Role.from_role_name(stack, f"FunctionRole{number}", Fn.ref(role))
                for number, role in enumerate(roles)
            ],
        )
        resource = policy.managed_policy.node.default_child
        assert isinstance(resource, CfnResource)
        for function in functions:
            function.add_property_override("VpcConfig", place)
            function.add_resource_dependency(resource)
        needed |= _endpoints(_actions(stack, roles))
    return sorted(needed)


def _functions(scope: IConstruct) -> dict[Stack, list[CfnResource]]:
    """Return the functions outside of a VPC, by their stacks."""
    found: dict[Stack, list[CfnResource]] = {}
    for node in scope.node.find_all():
        if (
            isinstance(node, CfnResource)
            and node.cfn_resource_type == "AWS::Lambda::Function"
            and getattr(node, "vpc_config", None) is None
        ):
            found.setdefault(Stack.of(node), []).append(node)
    return found


def _role_of(stack: Stack, function: CfnResource) -> str | None:
    """Return the logical id of the role of a function; None if the role is of another stack."""
    role = getattr(function, "role", None)
    if role is None:
        # The CDK's own functions are resources without a class; their role is next to them.
        parent = function.node.scope
        sibling = parent.node.try_find_child("Role") if parent else None
        return stack.get_logical_id(sibling) if isinstance(sibling, CfnResource) else None
    resolved = stack.resolve(role)
    return str(resolved["Fn::GetAtt"][0]) if "Fn::GetAtt" in resolved else None


def _actions(stack: Stack, roles: Iterable[str]) -> Iterator[str]:
    """Yield the actions that policies in a stack allow roles."""
    wanted = {str({"Ref": role}) for role in roles}
    attached: set[str] = set()
    resources = [node for node in stack.node.find_all() if isinstance(node, CfnResource)]
    for node in resources:
        if isinstance(node, iam.CfnRole) and str({"Ref": stack.get_logical_id(node)}) in wanted:
            attached |= {str(one) for one in stack.resolve(node.managed_policy_arns) or []}
    for node in resources:
        if isinstance(node, iam.CfnManagedPolicy):
            named = {str(one) for one in stack.resolve(node.roles) or []}
            if named & wanted or str({"Ref": stack.get_logical_id(node)}) in attached:
                yield from _of_document(stack.resolve(node.policy_document))


def _of_document(document: Any) -> Iterator[str]:
    for statement in document["Statement"]:
        # A service uses the key, not the function.
        if statement["Effect"] == "Allow" and "kms:ViaService" not in str(
            statement.get("Condition")
        ):
            actions = statement["Action"]
            yield from [actions] if isinstance(actions, str) else actions


def _endpoints(actions: Iterable[str]) -> set[str]:
    needed: set[str] = set()
    for action in actions:
        prefix = action.partition(":")[0]
        if action in _NOT_CALLED:
            continue
        if prefix not in _ENDPOINTS:
            raise ValueError(f"expected an action of a service with an endpoint, got {action}")
        needed.update(_ENDPOINTS[prefix])
    return needed
