"""How long values of templates may be once the stacks are deployed."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sagemaker_platform.synthesized_stack import SynthesizedStack, fill_sub

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_UNKNOWN = 128

# Source of the tables: "Return values" and the names of each type in the CloudFormation Template
# Reference, read 2026-11-26:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
_REF_IS_NAME = {
    "AWS::ApiGateway::Stage",
    "AWS::Athena::WorkGroup",
    "AWS::EKS::Cluster",
    "AWS::IAM::Group",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SSM::Parameter",
    "AWS::SageMaker::AppImageConfig",
}
# Types whose Ref, and the end of whose ARN, is an id: its length.
_IDS = {
    "AWS::APS::Workspace": 39,
    "AWS::ApiGateway::RestApi": 10,
    "AWS::EC2::SecurityGroup": 20,
    "AWS::EC2::Subnet": 24,
    "AWS::EC2::VPC": 21,
    "AWS::EC2::VPCEndpoint": 22,
    "AWS::FSx::FileSystem": 20,
    "AWS::Grafana::Workspace": 12,
    "AWS::IAM::OIDCProvider": 80,
    "AWS::KMS::Key": 36,
    "AWS::RedshiftServerless::Namespace": 36,
    "AWS::RedshiftServerless::Workgroup": 36,
    "AWS::SageMaker::Cluster": 12,
    "AWS::SageMaker::Domain": 14,
    "AWS::SageMaker::MlflowApp": 32,
    "AWS::SageMaker::PartnerApp": 32,
}
_ARN_IS_REF = {
    "AWS::APS::Workspace",
    "AWS::IAM::OIDCProvider",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::SageMaker::Cluster",
    "AWS::SageMaker::MlflowApp",
    "AWS::SageMaker::PartnerApp",
}
# CloudFormation cuts the names that it makes to what the service takes.
_LONGEST_NAMES = {
    "AWS::IAM::ManagedPolicy": 128,
    "AWS::IAM::Role": 64,
    "AWS::IAM::User": 64,
    "AWS::Lambda::Function": 64,
    "AWS::S3::Bucket": 63,
    "AWS::StepFunctions::StateMachine": 80,
}
# What a service puts behind the name in an ARN.
_ENDINGS = {"AWS::Logs::LogGroup": ":*", "AWS::SecretsManager::Secret": "-AbCdEf"}


class LongestValues:
    """Writes values as they are once the stacks are deployed, or longer.

    A name or id that AWS chooses is made up, as long as it may get, and always the same for a
    resource.

    Args:
        stacks: all stacks that may refer to each other.
    """

    def __init__(self, stacks: Iterable[SynthesizedStack]) -> None:
        self._stacks: dict[str, list[SynthesizedStack]] = {}
        for stack in stacks:
            self._stacks.setdefault(stack.name, []).append(stack)
        self._functions: Mapping[str, Callable[[SynthesizedStack, Any], Any]] = {
            "Ref": self.ref,
            "Fn::GetAtt": self._attribute,
            "Fn::GetStackOutput": self._output,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
        }

    def of(self, stack: SynthesizedStack, value: Any) -> Any:
        """Return a value of a stack's template without intrinsic functions."""
        if isinstance(value, list):
            return [self.of(stack, one) for one in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions:
                return self._functions[name](stack, argument)
            if name.startswith("Fn::"):
                return _made_up(name, str(argument), length=_UNKNOWN)
        return {key: self.of(stack, one) for key, one in value.items()}

    def ref(self, stack: SynthesizedStack, name: str) -> str:
        """Return what Ref gives for a resource, a parameter or a pseudo parameter."""
        if name.startswith("AWS::"):
            return self._pseudo(stack, name)
        if name not in stack.resources:
            return _made_up(stack.name, name, length=_UNKNOWN)
        kind = stack.resources[name]["Type"]
        if kind in _REF_IS_NAME or (kind in _IDS and kind not in _ARN_IS_REF):
            return self._name(stack, name)
        return self._arn(stack, name)

    def _pseudo(self, stack: SynthesizedStack, name: str) -> str:
        return {
            "AWS::AccountId": stack.account,
            "AWS::Partition": stack.partition,
            "AWS::Region": stack.region,
            "AWS::StackId": _made_up(stack.name, name, length=len(stack.name) + 100),
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com.cn"
            if stack.partition == "aws-cn"
            else "amazonaws.com",
        }.get(name) or _made_up(stack.name, name, length=_UNKNOWN)

    def _attribute(self, stack: SynthesizedStack, argument: Any) -> str:
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        kind = stack.resources[name]["Type"]
        if attribute.lower().endswith("arn") and kind.startswith("AWS::"):
            return self._arn(stack, name)
        if attribute.endswith("Id") and kind in _IDS:
            return self._name(stack, name)
        return _made_up(stack.name, name, attribute, length=_UNKNOWN)

    def _arn(self, stack: SynthesizedStack, name: str) -> str:
        resource = stack.resources[name]
        kind = resource["Type"]
        service, _, what = kind.partition("::")[2].partition("::")
        where = f"{stack.region}:{stack.account}"
        last = f"{_kebab(what)}/{self._name(stack, name)}{_ENDINGS.get(kind, '')}"
        if service == "IAM":
            where = f":{stack.account}"
            path = self.of(stack, resource.get("Properties", {}).get("Path", "/"))
            last = last.replace("/", path, 1).replace("managed-policy", "policy", 1)
        elif kind == "AWS::S3::Bucket":
            where, last = ":", self._name(stack, name)
        return f"arn:{stack.partition}:{_kebab(service)}:{where}:{last}"

    def _name(self, stack: SynthesizedStack, name: str) -> str:
        resource = stack.resources[name]
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in _IDS:
            return _made_up(stack.name, name, length=_IDS[kind])
        what = kind.rpartition("::")[2]
        for key in (f"{what}Name", "Name", f"{_WORD.sub(' ', what).split(' ', 1)[-1]}Name"):
            if key.replace(" ", "") in properties:
                return str(self.of(stack, properties[key.replace(" ", "")]))
        longest = min(_LONGEST_NAMES.get(kind, 255), len(f"{stack.name}-{name}-") + 13)
        return _made_up(stack.name, name, length=longest)

    def _output(self, stack: SynthesizedStack, argument: Mapping[str, Any]) -> Any:
        name = argument.get("OutputName")
        candidates = self._stacks.get(str(self.of(stack, argument.get("StackName"))), [])
        region = argument.get("Region", stack.region)
        # Accounts may have stacks of the same name.
        for one in sorted(
            candidates,
            key=lambda one: (
                (one.account, one.region)
                != (
                    stack.account,
                    region,
                )
            ),
        ):
            if name in one.template.get("Outputs", {}):
                return self.of(one, one.template["Outputs"][name]["Value"])
        return _made_up(str(argument), length=_UNKNOWN)

    def _join(self, stack: SynthesizedStack, argument: Any) -> str:
        delimiter, parts = argument
        values = self.of(stack, parts)
        return str(delimiter).join(map(str, values if isinstance(values, list) else [values]))

    def _split(self, stack: SynthesizedStack, argument: Any) -> list[str]:
        delimiter, text = argument
        return str(self.of(stack, text)).split(delimiter)

    def _select(self, stack: SynthesizedStack, argument: Any) -> Any:
        index, values = argument[0], self.of(stack, argument[1])
        if isinstance(values, list) and str(index).isdigit() and int(index) < len(values):
            return values[int(index)]
        return _made_up(str(argument), length=_UNKNOWN)

    def _sub(self, stack: SynthesizedStack, argument: Any) -> str:
        return fill_sub(
            argument,
            value=lambda given: self.of(stack, given),
            attribute=lambda name: self._attribute(stack, name),
            ref=lambda name: self.ref(stack, name),
        )


def _kebab(text: str) -> str:
    return _WORD.sub("-", text).lower()


def _made_up(*of: str, length: int) -> str:
    """Return a text of a length that is always the same, and of no other resource."""
    digest = hashlib.sha256(" ".join(of).encode()).hexdigest()
    return (digest * (length // len(digest) + 1))[:length]
