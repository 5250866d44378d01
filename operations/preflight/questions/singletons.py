"""Things that an account or a region has only once, and that others may have set up."""

from collections.abc import Iterator

from operations.account import NotFoundInAccountError
from operations.preflight.answer import Answer, failed, passed, warning
from operations.preflight.target import Target

# CloudWatch Logs has ten resource policies per region.
_LOG_POLICIES = 10


def catalog(target: Target) -> Iterator[Answer]:
    """The catalog of table buckets is not there before a stack makes it."""
    for _, _, one in target.new("AWS::Glue::Catalog"):
        name = one.get("Name")
        if not isinstance(name, str):
            continue
        try:
            target.account.ask("glue", "get_catalog", CatalogId=name)
        except NotFoundInAccountError:
            yield passed(f"catalog {name}", "not there yet")
        else:
            yield failed(
                f"catalog {name}",
                "exists already: set lakehouse.catalog.s3_tables to exists, or delete it",
            )


def lake_formation(target: Target) -> Iterator[Answer]:
    """Administrators of Lake Formation that are there stay, and are named."""
    if not any(True for _ in target.of_type("Custom::DataLakeAdministrators")):
        return
    settings = target.account.ask("lakeformation", "get_data_lake_settings")["DataLakeSettings"]
    there = [one["DataLakePrincipalIdentifier"] for one in settings.get("DataLakeAdmins", [])]
    names = ", ".join(there) or "none"
    yield passed("administrators of Lake Formation", f"there and kept: {names}")
    opened = settings.get("CreateDatabaseDefaultPermissions") or settings.get(
        "CreateTableDefaultPermissions"
    )
    if opened:
        yield warning(
            "defaults of Lake Formation",
            "new databases or tables of the account are open to all that IAM allows; other teams "
            "may rely on it",
        )


def identity_center(target: Target) -> Iterator[Answer]:
    """Single sign-on has an instance of IAM Identity Center in this region."""
    studio = any(
        one.get("AuthMode") == "SSO" for _, _, one in target.of_type("AWS::SageMaker::Domain")
    )
    wanted = [
        sign_on["IdcInstanceArn"]
        for _, _, one in target.of_type("AWS::DataZone::Domain")
        if (sign_on := one.get("SingleSignOn", {})).get("Type") == "IAM_IDC"
    ]
    if not studio and not wanted:
        return
    found = target.account.ask("sso-admin", "list_instances")["Instances"]
    there = [str(one["InstanceArn"]) for one in found]
    missing = [arn for arn in wanted if arn not in there]
    if missing:
        yield failed(
            "IAM Identity Center",
            f"{missing[0]} is not in {target.region}, which has {', '.join(there) or 'none'}: "
            "correct unified_studio.host.identity_center",
        )
    elif there:
        yield passed("IAM Identity Center", there[0])
    else:
        yield failed(
            "IAM Identity Center",
            f"no instance in {target.region}: enable it there, or set auth_mode: IAM",
        )


def api_gateway(target: Target) -> Iterator[Answer]:
    """The region's role for logs of API Gateway is not that of another team."""
    if not any(True for _ in target.new("AWS::ApiGateway::Account")):
        return
    role = target.account.ask("apigateway", "get_account").get("cloudwatchRoleArn")
    if role:
        yield warning("role for logs of API Gateway", f"{role} is replaced, for all APIs")
    else:
        yield passed("role for logs of API Gateway", "none yet")


def log_policies(target: Target) -> Iterator[Answer]:
    """CloudWatch Logs has room for the resource policies."""
    wanted = len(list(target.new("AWS::Logs::ResourcePolicy")))
    if not wanted:
        return
    found = target.account.every("logs", "describe_resource_policies", "resourcePolicies")
    there = len(list(found))
    detail = f"{there} there, {wanted} new, {_LOG_POLICIES} allowed"
    if there + wanted > _LOG_POLICIES:
        yield failed("resource policies of CloudWatch Logs", f"{detail}: merge or delete some")
    else:
        yield passed("resource policies of CloudWatch Logs", detail)


def identity_providers(target: Target) -> Iterator[Answer]:
    """An identity provider that a stack makes is not there before; one that it uses is."""
    wanted = [
        str(one["Url"]).removeprefix("https://")
        for _, _, one in target.new("AWS::IAM::OIDCProvider")
        if isinstance(one.get("Url"), str)
    ]
    used = _providers_of_roles(target)
    if not wanted and not used:
        return
    every = target.account.ask("iam", "list_open_id_connect_providers")
    there = {one["Arn"].split("oidc-provider/")[1] for one in every["OpenIDConnectProviderList"]}
    for url in wanted:
        if url in there:
            yield failed(
                f"identity provider {url}",
                "exists already: set provider: exists in the block delivery, or import it into "
                "the stack",
            )
        else:
            yield passed(f"identity provider {url}", "not there yet")
    for url in used:
        if url in there:
            yield passed(f"identity provider {url}", "there")
        else:
            yield failed(
                f"identity provider {url}",
                "does not exist: set provider: create in one environment of the account",
            )


def _providers_of_roles(target: Target) -> list[str]:
    """Return the providers that roles trust and no stack makes."""
    found = {
        text.split(":oidc-provider/")[1]
        for stack, _, role in target.of_type("AWS::IAM::Role")
        for statement in role.get("AssumeRolePolicyDocument", {}).get("Statement", [])
        if isinstance(principal := statement.get("Principal"), dict)
        if ":oidc-provider/" in (text := target.text(stack, principal.get("Federated", "")))
    }
    return sorted(found)


# What needs a service-linked role, and whether the team must create it (AWS: "Using service-linked
# roles" of each service; "Partner AI Apps" in the SageMaker guide for License Manager; 2026-11).
_LINKED_ROLES = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        "",
    ),
    "AWS::EKS::Cluster": ("AWSServiceRoleForAmazonEKS", ""),
    "AWS::FSx::FileSystem": ("AWSServiceRoleForAmazonFSx", ""),
    "AWS::RedshiftServerless::Workgroup": ("AWSServiceRoleForRedshift", ""),
    "AWS::SageMaker::Domain": ("AWSServiceRoleForAmazonSageMakerNotebooks", ""),
    "AWS::SageMaker::PartnerApp": (
        "AWSServiceRoleForAWSLicenseManagerRole",
        "license-manager.amazonaws.com",
    ),
}


def service_linked_roles(target: Target) -> Iterator[Answer]:
    """Service-linked roles are there, or AWS creates them during the deployment."""
    types = {one for stack in target.stage.stacks for one in stack.resource_types()}
    for resource_type in sorted(types & _LINKED_ROLES.keys()):
        name, service = _LINKED_ROLES[resource_type]
        subject = f"service-linked role {name}"
        try:
            target.account.ask("iam", "get_role", RoleName=name)
        except NotFoundInAccountError:
            if service:
                yield failed(
                    subject,
                    f"does not exist: `aws iam create-service-linked-role --aws-service-name "
                    f"{service}`",
                )
            else:
                yield passed(
                    subject,
                    "AWS creates it, if CloudFormation's role may iam:CreateServiceLinkedRole",
                )
        else:
            yield passed(subject, "there")
