"""Whether service quotas are large enough.

Names of SageMaker's quotas: "Amazon SageMaker AI endpoints and quotas" in the AWS General
Reference. ListServiceQuotas leaves out quotas that have only a default, so both lists are asked.
"""

import re
from collections import Counter
from collections.abc import Iterator

from operations.assembly import Json
from operations.preflight.answer import Answer, failed, not_checked, passed
from operations.preflight.target import Target

# Definitions of batch transforms are parameters of Systems Manager.
_TRANSFORM = re.compile(
    r'"TransformResources":\{"InstanceType":"(ml\.[^"]+)","InstanceCount":(\d+)'
)
_VPCS, _INTERFACE_ENDPOINTS, _ADDRESSES = "L-F678F1CE", "L-29B6F2EB", "L-0263D0A3"


def sagemaker(target: Target) -> Iterator[Answer]:
    """Quotas of SageMaker allow the instances that the environment runs."""
    wanted = wanted_instances(target)
    if not wanted:
        return
    applied = _values(target, "list_service_quotas")
    default = _values(target, "list_aws_default_service_quotas")
    for name, number in sorted(wanted.items()):
        subject = f"quota {name}"
        if name not in applied and name not in default:
            yield not_checked(subject, "AWS lists no quota with this name")
            continue
        allowed, code = applied.get(name) or default[name]
        if allowed >= number:
            yield passed(subject, f"{number} wanted, {allowed:g} allowed")
        else:
            yield failed(
                subject,
                f"{number} wanted, {allowed:g} allowed: `aws service-quotas "
                f"request-service-quota-increase --service-code sagemaker --quota-code {code} "
                f"--desired-value {number} --region {target.region}`",
            )


def _values(target: Target, operation: str) -> dict[str, tuple[float, str]]:
    every = target.account.every("service-quotas", operation, "Quotas", ServiceCode="sagemaker")
    return {one["QuotaName"]: (one["Value"], one["QuotaCode"]) for one in every}


def wanted_instances(target: Target) -> Counter[str]:
    """Return how many instances of each quota the environment runs at the most."""
    found: Counter[str] = Counter()
    most = _most_instances(target)
    for stack, logical_id, config in target.of_type("AWS::SageMaker::EndpointConfig"):
        for variant in config.get("ProductionVariants", []) + config.get(
            "ShadowProductionVariants", []
        ):
            # Each type of a pool may have to do alone.
            for one in variant.get("InstancePools") or [variant]:
                if not (name := one.get("InstanceType")):
                    continue
                number = most.get((stack, logical_id), variant.get("InitialInstanceCount", 1))
                scaling = variant.get("ManagedInstanceScaling", {})
                number = max(number, scaling.get("MaxInstanceCount", 0))
                found[f"{name} for endpoint usage"] += int(number)
    for _, _, cluster in target.of_type("AWS::SageMaker::Cluster"):
        for key in ("InstanceGroups", "RestrictedInstanceGroups"):
            for group in cluster.get(key) or []:
                # Instances of a training plan do not count against the quota.
                if "TrainingPlanArn" not in group:
                    types = group.get("InstanceRequirements", {}).get("InstanceTypes")
                    for name in types or [group["InstanceType"]]:
                        found[f"{name} for cluster usage"] += int(group.get("InstanceCount", 0))
    for stack, _, parameter in target.of_type("AWS::SSM::Parameter"):
        for name, number in _TRANSFORM.findall(target.text(stack, parameter.get("Value", ""))):
            found[f"{name} for transform job usage"] += int(number)
    for _, _, domain in target.of_type("AWS::SageMaker::Domain"):
        name = (
            domain.get("DefaultUserSettings", {})
            .get("JupyterLabAppSettings", {})
            .get("DefaultResourceSpec", {})
            .get("InstanceType")
        )
        users = len(list(target.of_type("AWS::SageMaker::UserProfile")))
        if name and users:
            found[f"Studio JupyterLab Apps running on {name} instances"] += users
    return +found


def _most_instances(target: Target) -> dict[tuple[str, str], int]:
    """Return the most instances of endpoints that scale, by stack and endpoint configuration."""
    # Of a configuration with a cap, the endpoint has a copy.
    kinds = ("AWS::SageMaker::Endpoint", "Custom::CappedConfiguration")
    configs: dict[str, str] = {}
    for _, logical_id, endpoint in target.of_type(*kinds):
        match endpoint.get("EndpointConfigName"):
            case {"Ref": str(config)} | {"Fn::GetAtt": [str(config), _]}:
                configs[logical_id] = config
    configs = {one: configs.get(config, config) for one, config in configs.items()}
    found: dict[tuple[str, str], int] = {}
    for stack, _, scaled in target.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        if not str(scaled.get("ScalableDimension")).endswith("DesiredInstanceCount"):
            continue
        resource = str(scaled.get("ResourceId"))
        for endpoint_id, config in configs.items():
            if f"'{endpoint_id}'" in resource:
                found[stack, config] = int(scaled["MaxCapacity"])
    return found


def network(target: Target) -> Iterator[Answer]:
    """The region has room for the VPC, its endpoints and its addresses."""
    if any(True for _ in target.new("AWS::EC2::VPC")):
        there = len(target.account.ask("ec2", "describe_vpcs")["Vpcs"])
        yield _room(target, "VPCs per region", "vpc", _VPCS, there + 1)
    interface = [
        one
        for _, _, one in target.of_type("AWS::EC2::VPCEndpoint")
        if one.get("VpcEndpointType") == "Interface"
    ]
    if interface:
        name = "interface VPC endpoints per VPC"
        yield _room(target, name, "vpc", _INTERFACE_ENDPOINTS, len(interface))
    addresses = len(list(target.new("AWS::EC2::EIP")))
    if addresses:
        there = len(target.account.ask("ec2", "describe_addresses")["Addresses"])
        yield _room(target, "elastic IP addresses", "ec2", _ADDRESSES, there + addresses)


def _room(target: Target, name: str, service: str, code: str, wanted: int) -> Answer:
    quota: Json = target.account.ask(
        "service-quotas", "get_service_quota", ServiceCode=service, QuotaCode=code
    )["Quota"]
    allowed = quota["Value"]
    if allowed >= wanted:
        return passed(f"quota {name}", f"{wanted} with this environment, {allowed:g} allowed")
    return failed(
        f"quota {name}",
        f"{wanted} with this environment, {allowed:g} allowed: request more of {service} {code} "
        "in Service Quotas",
    )


def iam(target: Target) -> Iterator[Answer]:
    """The account has room for the roles and policies."""
    summary = target.account.ask("iam", "get_account_summary")["SummaryMap"]
    for resource_type, name in (
        ("AWS::IAM::Role", "Roles"),
        ("AWS::IAM::ManagedPolicy", "Policies"),
    ):
        wanted = len(list(target.new(resource_type)))
        if not wanted or f"{name}Quota" not in summary:
            continue
        used, allowed = summary[name], summary[f"{name}Quota"]
        subject = f"quota IAM {name.lower()}"
        detail = f"{used} there, {wanted} new, {allowed} allowed"
        if used + wanted > allowed:
            yield failed(subject, f"{detail}: request more in Service Quotas (IAM, us-east-1)")
        else:
            yield passed(subject, detail)
