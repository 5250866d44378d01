"""What the organization of the account must allow.

Source: AWS RAM User Guide, "Enable resource sharing within AWS Organizations". AWS Organizations
tells which services it trusts to the management account and to delegated administrators only (API
Reference, "ListAWSServiceAccessForOrganization"), and about itself to every account.
"""

from collections.abc import Iterator

from operations.account import NotAnsweredError
from operations.preflight.answer import Answer, failed, not_checked, passed
from operations.preflight.target import Target

_SERVICE = "ram.amazonaws.com"
_SUBJECT = "sharing in the organization"
_FIX = "run `aws ram enable-sharing-with-aws-organization` in the management account"


def sharing(target: Target) -> Iterator[Answer]:
    """The organization lets AWS RAM share resources with its accounts."""
    shares = [one for _, _, one in target.of_type("AWS::RAM::ResourceShare")]
    if all(one.get("AllowExternalPrincipals", True) for one in shares):
        return
    try:
        found = target.account.ask("organizations", "describe_organization")["Organization"]
    except NotAnsweredError as error:
        if "AWSOrganizationsNotInUse" not in str(error):
            raise
        yield failed(_SUBJECT, "the account is in no organization, so it cannot share the domain")
        return
    services = "list_aws_service_access_for_organization"
    try:
        trusted = [
            one["ServicePrincipal"]
            for one in target.account.every("organizations", services, "EnabledServicePrincipals")
        ]
    except NotAnsweredError:
        yield not_checked(
            _SUBJECT,
            f"only the management account {found['MasterAccountId']} can tell: there, `aws "
            f"organizations list-aws-service-access-for-organization` must list {_SERVICE}; if "
            f"it does not, {_FIX}",
        )
        return
    if _SERVICE in trusted:
        yield passed(_SUBJECT, f"{found['Id']} trusts {_SERVICE}")
    else:
        yield failed(_SUBJECT, f"{found['Id']} does not trust {_SERVICE}: {_FIX}")
