"""ARNs and ECR URIs: one grammar for all settings."""

from typing import Any, NamedTuple

from stacks.fields import matches


class Arn(NamedTuple):
    """Parts of an ARN."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(arn: str) -> Arn:
    """Return the parts of a valid ARN."""
    return Arn(*arn.split(":", 5)[1:])


def region_of_image(image: str) -> str:
    """Return the region of a valid URI in ECR."""
    return image.split(".")[3]


def _pattern(service: str, resource: str, *, region: bool = True, account: str = r"\d{12}") -> str:
    return f"arn:aws[a-z-]*:{service}:{'[a-z0-9-]+' if region else ''}:{account}:{resource}"


def _arn(
    what: str,
    service: str,
    resource: str,
    example: str,
    *,
    region: bool = True,
    account: bool = True,
) -> Any:
    """Return the type of an ARN.

    Args:
        what: what an error calls the resource, such as "a KMS key".
        service: service.
        resource: regular expression of the part of the resource.
        example: part of the resource of an example.
        region: whether the ARN has a region.
        account: whether it has an account.
    """
    place = f"{'eu-west-1' if region else ''}:{'123456789012' if account else ''}"
    return matches(
        _pattern(service, resource, region=region, account=r"\d{12}" if account else ""),
        f"must be the ARN of {what}, such as arn:aws:{service}:{place}:{example}",
    )


_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_REGISTRY = (
    r"\d{12}\.dkr\.ecr\.(cn-[a-z0-9-]+\.amazonaws\.com\.cn|(?!cn-)[a-z0-9-]+\.amazonaws\.com)"
)
_REGISTRY_EXAMPLE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"

KeyArn = _arn(
    "a KMS key",
    "kms",
    r"key/([0-9a-f-]{36}|mrk-[0-9a-f]{32})",
    "key/1234abcd-12ab-34cd-56ef-1234567890ab",
)
# Without an account, IAM has `aws`: a policy that AWS manages.
PolicyArn = matches(
    _pattern(
        "iam", r"policy/([\w+=,.@-]+/)*[\w+=,.@-]{1,128}", region=False, account=r"(\d{12}|aws)"
    ),
    "must be the ARN of an IAM policy, such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
)
RoleArn = _arn("an IAM role", "iam", r"role/[\w+=,.@/-]{1,576}", "role/shop", region=False)
PrincipalArn = _arn(
    "an IAM role or user", "iam", r"(role|user)/[\w+=,.@/-]{1,512}", "role/admin", region=False
)
# Secrets Manager adds a hyphen and six characters to the name.
SecretArn = _arn(
    "a secret with its six last characters",
    "secretsmanager",
    r"secret:[\w/+=.@!-]{1,505}-\w{6}",
    "secret:orders-a1B2c3",
)
BucketArn = _arn("a bucket", "s3", _BUCKET, "prod-copies", region=False, account=False)
LocationArn = _arn(
    "a bucket, or of a folder in it without / at the end",
    "s3",
    rf"{_BUCKET}(/[^*?]*[^/*?])?",
    "legacy/events",
    region=False,
    account=False,
)
TableBucketArn = _arn(
    "a table bucket",
    "s3tables",
    r"bucket/[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "bucket/prod-copies",
)
DatabaseArn = matches(
    _pattern("rds", "(cluster|db):[a-z][a-z0-9-]*")
    + "|"
    + _pattern("dynamodb", r"table/[a-zA-Z0-9_.-]{3,255}"),
    "must be the ARN of a DynamoDB table, or of an Aurora cluster or RDS instance, such as "
    "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
)
ModelPackageArn = _arn(
    "a version",
    "sagemaker",
    r"model-package/[a-zA-Z0-9-]{1,63}/[1-9]\d{0,8}",
    "model-package/churn/7",
)
ModelPackageGroup = matches(
    rf"({_pattern('sagemaker', 'model-package-group/')})?{_NAME}",
    "must be the name of a model package group, or its ARN",
)
# SageMaker's public hub has aws in place of an account.
_HUB = _pattern("sagemaker", "hub/", account=r"(\d{12}|aws)")
HubName = matches(
    rf"({_HUB})?{_NAME}",
    "must be the name of a hub, or its ARN",
)
# Names of training plans have at most 64 characters (SageMaker API: TrainingPlanName).
TrainingPlanArn = _arn(
    "a training plan",
    "sagemaker",
    r"training-plan/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}",
    "training-plan/research",
)
LifecycleConfigArn = _arn(
    "a Studio lifecycle configuration",
    "sagemaker",
    r"studio-lifecycle-config/[A-Za-z0-9-]{1,63}",
    "studio-lifecycle-config/set-up",
)
IdentityCenterInstanceArn = _arn(
    "an IAM Identity Center instance",
    "sso",
    r"instance/ssoins-[0-9a-f]{16}",
    "instance/ssoins-0123456789abcdef",
    region=False,
    account=False,
)
AmazonQProfileArn = _arn(
    "a profile of Amazon Q Developer",
    "codewhisperer",
    r"profile/[A-Za-z0-9_-]{1,100}",
    "profile/ABCDEFGHIJKL",
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
