"""The base of all settings, and the types of their fields.

Every check of a single value lives here; a rule among several fields stands next to them,
in the settings that hold them.
"""

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import TypeAliasType

from stacks.sagemaker_api import instance_types, regions


def validation_error(message: str, *, at: str = "", value: Any = None) -> PydanticCustomError:
    """Make the error of a rule: what would be right, and where and what was found.

    Args:
        message: what would be right.
        at: path of the key below the model that raises, such as ``cidr``.
        value: what was found there. Defaults to the whole value is shown.
    """
    return PydanticCustomError("rule", "{message}", {"message": message, "at": at, "value": value})


class Settings(BaseModel):
    """Strict settings: unknown keys, wrong types and empty blocks are refused."""

    # The docstrings of fields are for the schema alone, which asks for them: they cost a
    # third of the time it takes to import all settings.
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_empty(cls, value: Any) -> Any:
        if value is None:
            raise validation_error(
                "must have a value: set one, write {} for a block of defaults, or remove the line"
            )
        return value


def one_of_types(*types: str, key: str = "type") -> Discriminator:
    """Return what tells the members of a union apart by a key such as ``type``.

    Each member has its type in angle brackets as its tag, by which errors tell tags from
    keys. Without the key the first is meant; so is it for something that is no block.
    """

    def choose(value: Any) -> str | None:
        if isinstance(value, Mapping):
            chosen = value.get(key, types[0])
        else:
            chosen = getattr(value, key, types[0])
        return f"<{chosen}>" if chosen in types else None

    return Discriminator(
        choose,
        custom_error_type="unknown_type",
        custom_error_context={"key": key},
        custom_error_message=f"must be one of {', '.join(types)}",
    )


def close_to(value: str, known: Sequence[str]) -> str:
    """Return a hint at the closest known values, or nothing."""
    matches = difflib.get_close_matches(value, known, n=3)
    return f"; did you mean {' or '.join(matches)}?" if matches else ""


class Listed:
    """Lists the values of a field in the JSON schema, which alone pays for reading them all."""

    def __init__(self, values: Callable[[], Sequence[str]]) -> None:
        self._values = values

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"enum": list(self._values())}


def _instance_type(shape: str, use: str) -> Any:
    def check(value: str) -> str:
        if value not in instance_types(shape):
            raise validation_error(
                f"must be an instance type for {use}{close_to(value, instance_types(shape))}"
            )
        return value

    # By a name of its own, so that the schema lists the types once.
    return TypeAliasType(
        shape,
        Annotated[str, AfterValidator(check), Listed(lambda: instance_types(shape))],
    )


def _account_id(value: Any) -> Any:
    if isinstance(value, int):
        raise validation_error(
            "must be a string, because YAML drops leading zeros of numbers: put the account id "
            'in quotes, such as "012345678901"'
        )
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{12}", value):
        raise validation_error("must be an AWS account id of 12 digits, in quotes")
    return value


def _region(value: str) -> str:
    if value not in regions():
        raise validation_error(f"must be a region with SageMaker{close_to(value, regions())}")
    return value


_PRIVATE_RANGES = [
    ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
]


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise validation_error(f"must be an IPv4 range such as 10.0.0.0/16 ({error})") from None
    if "/" in value and value != str(network):
        raise validation_error(f"must be written {network}")
    # Not is_private, which is true of loopback and other special ranges too.
    if not any(network.subnet_of(private) for private in _PRIVATE_RANGES):
        raise validation_error(
            "must be a private IPv4 range (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)"
        )
    return value


def _whole_number(value: Any) -> Any:
    # To a Literal, true is 1 and 30.0 is 30.
    if isinstance(value, bool | float):
        raise validation_error("must be a whole number")
    return value


def matches(pattern: str, rule: str) -> Any:
    r"""Return the type of a string that matches a pattern.

    Args:
        pattern: regular expression of the whole string, in which `\w` and `\d` are ASCII, as in
            the patterns of AWS.
        rule: what an error says, such as "must be an e-mail address".
    """

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise validation_error(rule)
        return value

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string"})]


AccountId = Annotated[
    str, BeforeValidator(_account_id), WithJsonSchema({"type": "string", "pattern": r"^\d{12}$"})
]
Region = Annotated[str, AfterValidator(_region), Listed(regions)]
Cidr = Annotated[str, AfterValidator(_cidr)]
AvailabilityZone = matches(
    r"[a-z]{2,4}(-[a-z]+)+-\d[a-z]|[a-z]{3,5}\d-az\d{1,2}",
    "must be the name of an availability zone, such as eu-west-1a, or its id, such as euw1-az1",
)
VpcId = matches(r"vpc-[0-9a-f]{8,17}", "must be the id of a VPC, such as vpc-0a1b2c3d4e5f67890")
VpcEndpointId = matches(
    r"vpce-[0-9a-f]{8,17}", "must be the id of a VPC endpoint, such as vpce-0a1b2c3d4e5f67890"
)
SubnetId = matches(
    r"subnet-[0-9a-f]{8,17}", "must be the id of a subnet, such as subnet-0a1b2c3d4e5f67890"
)
SecurityGroupId = matches(
    r"sg-[0-9a-f]{8,17}", "must be the id of a security group, such as sg-0a1b2c3d4e5f67890"
)
PrefixListId = matches(
    r"pl-[0-9a-f]{8,17}", "must be the id of a prefix list, such as pl-0a1b2c3d4e5f67890"
)
GroupDescription = matches(
    # EC2 API reference: IpPermission, IpRange.
    r"[a-zA-Z0-9. _:/()#,@\[\]+=&;{}!$*-]{1,255}",
    "must be up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, which EC2 accepts",
)
HubContentName = matches(
    r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    "must be the name of a model in a hub: letters, digits and hyphens",
)
HubContentVersion = matches(
    r"\d{1,4}\.\d{1,4}\.\d{1,4}", "must be a version of three numbers, such as 1.2.0"
)
ShardRevision = matches(
    r"[A-Za-z0-9._-]{1,64}", "must be a word of letters, digits and ._-, such as 2026-11-22"
)


def _utc_time(value: str) -> str:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
            raise ValueError(value)
        datetime.fromisoformat(value)
    except ValueError:
        raise validation_error(
            'must be a valid time in UTC, in quotes, such as "2027-01-31T08:00:00Z"'
        ) from None
    return value


UtcTime = Annotated[str, AfterValidator(_utc_time), WithJsonSchema({"type": "string"})]
ContentType = matches(
    r"[a-zA-Z0-9](-*[a-zA-Z0-9])*/[a-zA-Z0-9](-*[a-zA-Z0-9.])*",
    "must be a content type, such as text/csv",
)
Email = matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "must be an e-mail address")
Name = matches(
    r"[a-z](-?[a-z0-9])*",
    "must start with a lower-case letter, followed by lower-case letters, digits and "
    "single hyphens",
)
EnvironmentName = matches(
    r"(?=.{1,20}$)[a-z](-?[a-z0-9])*",
    "must be the name of an environment: at most 20 lower-case letters, digits and single "
    "hyphens, starting with a letter",
)
PolicyPath = matches(
    r"(?=.{1,512}$)([\w+=,.@-]+/)*[\w+=,.@-]{1,128}",
    "must be the name of an IAM policy, with its path if it has one, such as team/boundary: "
    "letters, digits and +=,.@_-, with single slashes between",
)
RolePath = matches(
    r"(?=.{3,512}$)/([\w+=,.@-]+/)+",
    "must be an IAM path, which begins and ends with a slash, such as /ml-platform/",
)
PersonaName = matches(
    r"[a-z](_?[a-z0-9])*",
    "must start with a lower-case letter, followed by lower-case letters, digits and "
    "single underscores",
)
# A permanent key in the file, which becomes part of construct IDs.
ConstructKey = matches(
    r"(?=.{1,40}$)[a-z](_?[a-z0-9])*",
    "must start with a lower-case letter, followed by lower-case letters, digits and single "
    "underscores, at most 40",
)
EnvironmentVariable = matches(
    r"[A-Za-z_][A-Za-z0-9_]{0,1023}",
    (
        "must be the name of an environment variable: letters, digits and _, not beginning "
        "with a digit"
    ),
)
MaintenanceWindow = matches(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01][0-9]|2[0-3]):[0-5][0-9]",
    "must be a weekday and a time in UTC, such as Sun:03:00",
)
MlflowVersion = matches(
    r"[0-9]+(\.[0-9]+){1,2}", 'must be a version of MLflow in quotes, such as "3.0"'
)
MinorVersion = matches(
    r"[0-9]+\.[0-9]+", 'must be a major and a minor version in quotes, such as "1.4"'
)
BedrockModel = matches(
    r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*){1,2}(:[0-9]+)?",
    "must be the id of a model or inference profile of Bedrock, such as "
    "anthropic.claude-3-haiku-20240307-v1:0",
)
Text = matches(r"(?!\s*$).+", "must not be empty")
AmiId = matches(r"ami-[0-9a-f]{8,17}", "must be the id of an AMI, such as ami-0a1b2c3d4e5f67890")
HostName = matches(
    r"(?=.{1,255}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*",
    "must be a host name, such as slurm.cluster-abc.eu-west-1.rds.amazonaws.com",
)
FolderPath = matches(
    r"(/[a-zA-Z0-9_][a-zA-Z0-9._-]*)+",
    "must be the absolute path of a folder, such as /fsx, without a trailing slash",
)
RelativeFile = matches(
    r"(?!/)(?!.*(^|/)\.\.(/|$))[\w./-]{1,256}\.sh",
    "must be the path of a bash script (.sh) in this project, such as environments/nodes.sh",
)
# Users and groups of Amazon Linux 2023 (packages setup, systemd, openssh, chrony, rpcbind, and
# Amazon's agents), of Ubuntu (package base-passwd and the same daemons), and of HyperPod's images.
_SYSTEM_USERS = (
    "root|bin|daemon|adm|lp|sync|shutdown|halt|mail|news|uucp|operator|games|man|proxy|list|irc|"
    "gnats|ftp|nobody|nogroup|backup|www-data|sys|tty|disk|mem|kmem|wheel|sudo|users|utmp|video|"
    "audio|cdrom|floppy|dialout|tape|input|kvm|render|sgx|lock|shadow|staff|dbus|messagebus|polkitd|"
    "tss|sshd|chrony|_chrony|rpc|_rpc|rpcuser|statd|syslog|uuidd|tcpdump|landscape|pollinate|"
    "fwupd-refresh|usbmux|dnsmasq|sssd|libstoragemgmt|stapunpriv|unbound|apache|nginx|mysql|"
    "postgres|postfix|systemd-[a-z-]+|ec2-instance-connect|ec2-user|ubuntu|ssm-user|cwagent|"
    "docker|nvidia-persistenced|slurm|slurmrestd|munge|lxd|_apt|rtkit|avahi|colord|pulse|gdm|"
    "xrdp|dcv|nfsnobody|containerd|pmix|sagemaker-user"
)
UserName = matches(
    rf"(?!({_SYSTEM_USERS})$)[a-z][a-z0-9_-]{{0,31}}",
    "must be the name of a user of Linux: up to 32 lower-case letters, digits, _ and -, "
    "and not a user that the nodes already have",
)
SlurmPartition = matches(
    # PartitionName=DEFAULT makes no partition, in any case (Slurm: slurm.conf).
    r"(?!dev$|[Dd][Ee][Ff][Aa][Uu][Ll][Tt]$)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    "must be letters, digits and hyphens, but not dev, which HyperPod creates for all "
    "nodes, and not default, which Slurm reserves",
)
TeamName = matches(
    r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?",
    (
        "must be up to 40 lower-case letters, digits and hyphens, not beginning or ending with "
        "a hyphen"
    ),
)
AddOnVersion = matches(
    r"v\d+\.\d+\.\d+-eksbuild\.\d+",
    "must be the version of an EKS add-on, such as v1.2.0-eksbuild.1",
)
ChartVersion = matches(
    r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", "must be an exact version, such as 0.1.0"
)
Digest = matches(r"sha256:[0-9a-f]{64}", "must be sha256: and 64 hexadecimal digits")
Commit = matches(
    r"[0-9a-f]{40}",
    "must be a commit of git: 40 lower-case hexadecimal digits, neither a branch nor a tag",
)
TagKey = matches(
    r"(?![Aa][Ww][Ss]:)[\w .:/=+@-]{1,128}",
    "must be 1 to 128 letters, digits, spaces and .:/=+@_-, not beginning with aws:",
)
TagValue = matches(
    # Tagging AWS resources: aws: is reserved in keys and values; IAM refuses spaces at the ends.
    r"(?![Aa][Ww][Ss]:)(?! )[\w .:/=+@-]{1,256}(?<! )",
    "must be 1 to 256 letters, digits, spaces and .:/=+@_-, not beginning with aws:, and without "
    "a space at either end",
)
FileSystemId = matches(
    r"fs-[0-9a-f]{8,17}", "must be the id of a file system, such as fs-0a1b2c3d4e5f67890"
)
S3Uri = matches(
    r"s3://[a-z0-9](?!\S*\.\.\S*/)[a-z0-9.-]{1,61}[a-z0-9](/[^*?$\s]*)?",
    "must be a bucket or prefix in S3, such as s3://bucket/prefix/",
)
RepositoryUrl = matches(
    r"(?=.{1,256}$)https://([.\-_a-zA-Z0-9]+/?){3,}",
    "must be an HTTPS URL of at most 256 letters, digits and .-_/, without a user or a query, "
    "such as https://github.com/team/project.git",
)
HttpsUrl = matches(r"https://[^\s/@]+\S*", "must be a URL that begins with https://")
StudioInstanceType = _instance_type("AppInstanceType", "Studio apps")
TransformInstanceType = _instance_type("TransformInstanceType", "batch transform")
HostingInstanceType = _instance_type("ProductionVariantInstanceType", "endpoints")
ProcessingInstanceType = _instance_type("ProcessingInstanceType", "processing jobs")
TrainingInstanceTypeName = _instance_type("TrainingInstanceType", "training jobs")
ClusterInstanceTypeName = _instance_type("ClusterInstanceType", "HyperPod clusters")
LogRetentionDays = Annotated[
    Literal[
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ],
    BeforeValidator(_whole_number),
]  # fmt: skip
"""The retention periods that CloudWatch Logs offers."""
PricePerformanceLevel = Annotated[Literal[1, 25, 50, 75, 100], BeforeValidator(_whole_number)]
"""The levels that Redshift Serverless offers, from lowest cost to highest performance."""
Percentage = Annotated[int, Field(ge=1, le=100)]
RemovalPolicy = Literal["retain", "destroy"]
S3Prefix = matches(
    r"(?=.{1,100}$)[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*",
    "must be letters, digits, _ and -, with single slashes between, such as team/canvas",
)
