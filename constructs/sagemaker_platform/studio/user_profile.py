"""A person in a Studio domain."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.studio.domain import StudioDomain, reach_itself, security_group


class UserProfile(Construct):
    """A user profile with a security group of its own.

    Users cannot reach each other's apps over the network: SageMaker adds this group to the
    domain's, which does not let its members reach each other.

    Args:
        domain: the domain.
        name: name of the profile: letters and digits with single hyphens, at most 63.
        execution_role: what the user may do; absent, what the domain allows.
        single_sign_on_user: user name in IAM Identity Center; required in a domain with
            ``auth_mode`` SSO, and forbidden otherwise. A profile cannot change it: give
            another name together with another user.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: StudioDomain,
        name: str,
        execution_role: iam.IRole | None = None,
        single_sign_on_user: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        own_group = security_group(
            self, "SecurityGroup", network=domain.network, description=f"Apps of {name}"
        )
        reach_itself(own_group)
        self.resource = sagemaker.CfnUserProfile(
            self,
            "Resource",
            domain_id=domain.resource.attr_domain_id,
            user_profile_name=name,
            single_sign_on_user_identifier="UserName" if single_sign_on_user else None,
            single_sign_on_user_value=single_sign_on_user,
            user_settings=sagemaker.CfnUserProfile.UserSettingsProperty(
                execution_role=execution_role.role_arn if execution_role else None,
                security_groups=[own_group.security_group_id],
            ),
        )
        self.resource.apply_removal_policy(domain.removal_policy)
        domain.delete_before(self.resource)
