"""ARNs and ECR URIs: one grammar for all settings, and one check of where ARNs point."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from stacks.fields import matches, validation_error


class Arn(NamedTuple):
    """Parts of an ARN."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


@dataclass(frozen=True)
class ArnPlace:
    """Where an ARN may point; part of the type of each ARN.

    The partition is always the environment's.

    Attributes:
        region: whether its region must be the environment's.
        account: whether its account must be the environment's (``own``), may be AWS itself
            too, or may be any.
    """

    region: bool = False
    account: Literal["own", "own or AWS", "any"] = "any"

    def rule(self, arn: Arn, *, account: str, region: str) -> str | None:
        """Return what would be right about an ARN; None if it is right."""
        partition = partition_of(region)
        if arn.partition != partition:
            return f"must be in the partition of the environment, {partition}"
        accounts = {"own": (account,), "own or AWS": (account, "aws"), "any": (arn.account,)}
        in_region = arn.region == region or not self.region
        if in_region and arn.account in accounts[self.account]:
            return None
        rules = [f"in {region}"] if self.region else []
        if self.account != "any":
            rules.append(f"of account {account}{'' if self.account == 'own' else ' or AWS'}")
        return f"must be {' and '.join(rules)}, as the environment is"


def partition_of(region: str) -> str:
    """Return the partition of a region."""
    # AWS General Reference: the partitions that are open to customers.
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for start, name in prefixes.items() if region.startswith(start)), "aws")


def misplaced_arns(
    settings: BaseModel, *, account: str, region: str, at: str = ""
) -> Iterator[PydanticCustomError]:
    """Yield an error for each ARN in settings that points where it must not.

    Args:
        settings: a model of settings, with others below it.
        account: the environment's.
        region: the environment's.
        at: path of the settings in the file.
    """
    for key, field in type(settings).model_fields.items():
        place = arn_place(field.rebuild_annotation())
        for path, value in nested_values(getattr(settings, key), f"{at}{key}"):
            if isinstance(value, BaseModel):
                yield from misplaced_arns(value, account=account, region=region, at=f"{path}.")
            elif place is not None and isinstance(value, str) and value.startswith("arn:"):
                rule = place.rule(parse_arn(value), account=account, region=region)
                if rule is not None:
                    yield validation_error(rule, at=path, value=value)


def nested_values(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the values in blocks and lists, with their paths."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from nested_values(below, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, below in enumerate(value):
            yield from nested_values(below, f"{path}.{index}")
    else:
        yield path, value


def arn_place(annotation: Any) -> ArnPlace | None:
    """Return where the ARNs of a type may point; None for a type without ARNs."""
    for part in get_args(annotation):
        found = part if isinstance(part, ArnPlace) else arn_place(part)
        if found is not None:
            return found
    return None


def parse_arn(arn: str) -> Arn:
    """Return the parts of a valid ARN."""
    return Arn(*arn.split(":", 5)[1:])


def region_of_image(image: str) -> str:
    """Return the region of a valid URI in ECR."""
    return image.split(".")[3]


def _pattern(service: str, resource: str, *, region: bool = True, account: str = r"\d{12}") -> str:
    return f"arn:aws[a-z-]*:{service}:{'[a-z0-9-]+' if region else ''}:{account}:{resource}"


def _placed(grammar: Any, place: ArnPlace) -> Any:
    return Annotated[grammar, place]


def _arn(
    what: str,
    service: str,
    resource: str,
    example: str,
    *,
    region: bool = True,
    account: bool = True,
    place: ArnPlace,
) -> Any:
    """Return the type of an ARN.

    Args:
        what: what an error calls the resource, such as "a KMS key".
        service: service.
        resource: regular expression of the part of the resource.
        example: part of the resource of an example.
        region: whether the ARN has a region.
        account: whether it has an account.
        place: where it may point.
    """
    where = f"{'eu-west-1' if region else ''}:{'123456789012' if account else ''}"
    grammar = matches(
        _pattern(service, resource, region=region, account=r"\d{12}" if account else ""),
        f"must be the ARN of {what}, such as arn:aws:{service}:{where}:{example}",
    )
    return _placed(grammar, place)


_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_REGISTRY = (
    r"\d{12}\.dkr\.ecr\.(cn-[a-z0-9-]+\.amazonaws\.com\.cn|(?!cn-)[a-z0-9-]+\.amazonaws\.com)"
)
_REGISTRY_EXAMPLE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"

ANYWHERE = ArnPlace()
IN_REGION = ArnPlace(region=True)
IN_ENVIRONMENT = ArnPlace(region=True, account="own")
OF_ACCOUNT = ArnPlace(account="own")
OF_ACCOUNT_OR_AWS = ArnPlace(account="own or AWS")


def _key(place: ArnPlace) -> Any:
    return _arn(
        "a KMS key",
        "kms",
        r"key/([0-9a-f-]{36}|mrk-[0-9a-f]{32})",
        "key/1234abcd-12ab-34cd-56ef-1234567890ab",
        place=place,
    )


KeyArn = _key(IN_REGION)
CopyKeyArn = _key(ANYWHERE)
"""A key for replicas, which can be in another region."""
# Without an account, IAM has `aws`: a policy that AWS manages.
PolicyArn = _placed(
    matches(
        _pattern(
            "iam",
            r"policy/([\w+=,.@-]+/)*[\w+=,.@-]{1,128}",
            region=False,
            account=r"(\d{12}|aws)",
        ),
        "must be the ARN of an IAM policy, such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    ),
    OF_ACCOUNT_OR_AWS,
)
RoleArn = _arn(
    "an IAM role",
    "iam",
    r"role/[\w+=,.@/-]{1,576}",
    "role/shop",
    region=False,
    place=ANYWHERE,
)
OwnRoleArn = _arn(
    "an IAM role",
    "iam",
    r"role/[\w+=,.@/-]{1,576}",
    "role/cluster-nodes",
    region=False,
    place=OF_ACCOUNT,
)
"""A role that a service is given, which works within one account only."""
PrincipalArn = _arn(
    "an IAM role or user",
    "iam",
    r"(role|user)/[\w+=,.@/-]{1,512}",
    "role/admin",
    region=False,
    place=ANYWHERE,
)


def _secret(place: ArnPlace) -> Any:
    # Secrets Manager adds a hyphen and six characters to the name.
    return _arn(
        "a secret with its six last characters",
        "secretsmanager",
        r"secret:[\w/+=.@!-]{1,505}-\w{6}",
        "secret:orders-a1B2c3",
        place=place,
    )


SecretArn = _secret(IN_REGION)
OwnSecretArn = _secret(IN_ENVIRONMENT)
"""A secret whose key does not let other accounts in."""
AnomalyMonitorArn = _arn(
    "a monitor of AWS Cost Anomaly Detection",
    "ce",
    r"anomalymonitor/[0-9a-f-]{36}",
    "anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab",
    region=False,
    place=OF_ACCOUNT,
)
BucketArn = _arn(
    "a bucket", "s3", _BUCKET, "prod-copies", region=False, account=False, place=ANYWHERE
)
LocationArn = _arn(
    "a bucket, or of a folder in it without / at the end",
    "s3",
    rf"{_BUCKET}(/[^*?]*[^/*?])?",
    "legacy/events",
    region=False,
    account=False,
    place=ANYWHERE,
)
TableBucketArn = _arn(
    "a table bucket",
    "s3tables",
    r"bucket/[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "bucket/prod-copies",
    place=ANYWHERE,
)
# Integrations do not cross regions (Glue: zero-ETL integrations).
DatabaseArn = _placed(
    matches(
        _pattern("rds", "(cluster|db):[a-z][a-z0-9-]*")
        + "|"
        + _pattern("dynamodb", r"table/[a-zA-Z0-9_.-]{3,255}"),
        "must be the ARN of a DynamoDB table, or of an Aurora cluster or RDS instance, such as "
        "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
    ),
    IN_REGION,
)
TrailArn = _arn(
    "a trail",
    "cloudtrail",
    r"trail/[a-zA-Z0-9][a-zA-Z0-9._-]{2,127}",
    "trail/organization",
    place=ANYWHERE,
)
EndpointArn = _arn(
    "an endpoint", "sagemaker", f"endpoint/{_NAME}", "endpoint/prod-chat", place=ANYWHERE
)
RouterArn = _arn(
    "an inference router",
    "sagemaker",
    f"inference-router/{_NAME}",
    "inference-router/prod-models",
    place=ANYWHERE,
)
ComponentName = matches(_NAME, "must be the full name of an inference component")
# A topic of another region is accepted by SageMaker; its policy is its owner's.
StandardTopicArn = _placed(
    matches(
        _pattern("sns", "[a-zA-Z0-9_-]{1,256}"),
        "must be the ARN of a standard SNS topic, whose name has no .fifo at the end, such as "
        "arn:aws:sns:eu-west-1:123456789012:prod-results",
    ),
    ANYWHERE,
)
ModelPackageArn = _arn(
    "a version",
    "sagemaker",
    r"model-package/[a-zA-Z0-9-]{1,63}/[1-9]\d{0,8}",
    "model-package/churn/7",
    place=IN_REGION,
)
ModelPackageGroup = _placed(
    matches(
        rf"({_pattern('sagemaker', 'model-package-group/')})?{_NAME}",
        "must be the name of a model package group, or its ARN",
    ),
    IN_REGION,
)
# SageMaker's public hub has aws in place of an account.
_HUB = _pattern("sagemaker", "hub/", account=r"(\d{12}|aws)")
HubName = _placed(matches(rf"({_HUB})?{_NAME}", "must be the name of a hub, or its ARN"), IN_REGION)
# Names of training plans have at most 64 characters (SageMaker API: TrainingPlanName). Accounts
# cannot share plans (SageMaker Developer Guide: "Reserve the best training plan").
TrainingPlanArn = _arn(
    "a training plan",
    "sagemaker",
    r"training-plan/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}",
    "training-plan/research",
    place=IN_ENVIRONMENT,
)
LifecycleConfigArn = _arn(
    "a Studio lifecycle configuration",
    "sagemaker",
    r"studio-lifecycle-config/[A-Za-z0-9-]{1,63}",
    "studio-lifecycle-config/set-up",
    place=IN_REGION,
)
IdentityCenterInstanceArn = _arn(
    "an IAM Identity Center instance",
    "sso",
    r"instance/ssoins-[0-9a-f]{16}",
    "instance/ssoins-0123456789abcdef",
    region=False,
    account=False,
    place=ANYWHERE,
)
AmazonQProfileArn = _arn(
    "a profile of Amazon Q Developer",
    "codewhisperer",
    r"profile/[A-Za-z0-9_-]{1,100}",
    "profile/ABCDEFGHIJKL",
    place=ANYWHERE,
)
# HyperPod joins an EKS cluster of its own account and region (SageMaker API:
# ClusterOrchestratorEksConfig).
EksClusterArn = _arn(
    "an EKS cluster",
    "eks",
    r"cluster/[0-9A-Za-z][A-Za-z0-9_-]{0,99}",
    "cluster/training",
    place=IN_ENVIRONMENT,
)
OidcProviderArn = _arn(
    "the IAM OpenID Connect provider of an EKS cluster",
    "iam",
    r"oidc-provider/oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/id/[A-Z0-9]{32}",
    "oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
    region=False,
    place=OF_ACCOUNT,
)
EcrImage = matches(
    rf"(?=.{{1,255}}$){_REGISTRY}/[a-z0-9]+([._/-][a-z0-9]+)*"
    r"(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?",
    f"must be an image in ECR, such as {_REGISTRY_EXAMPLE}/team/image:1.0",
)

HyperPodChart = matches(
    rf"oci://{_REGISTRY}(/[a-z0-9._-]+)*/hyperpod-helm-chart",
    "must be a repository of Amazon ECR that ends in the name of the chart, such as "
    f"oci://{_REGISTRY_EXAMPLE}/charts/hyperpod-helm-chart",
)
