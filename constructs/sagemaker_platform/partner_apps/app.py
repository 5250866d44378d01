"""A Partner AI App."""

from collections.abc import Mapping, Sequence
from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.partner_apps.permissions import USE_ACTIONS
from sagemaker_platform.partner_apps.role import ArtifactAccess, partner_app_role
from sagemaker_platform.security import grant

PartnerAppType = Literal["comet", "deepchecks-llm-evaluation", "fiddler", "lakera-guard"]
"""The applications that there are."""


@checks_types
class PartnerApp(Construct):
    """A partner's application that SageMaker runs in an AWS-owned account.

    Its data is encrypted with ``key``. Before it can be created, a person has to subscribe to
    it in AWS Marketplace, and the account needs License Manager's service-linked role
    (AWS: "Set up Partner AI Apps"). CloudFormation waits up to three hours for it.

    Args:
        name: letters and digits, unique in account and region. It cannot change without
            replacing the app, with its data; ``app_type`` and ``key`` cannot either, and
            so must change together with the name, or the new app would clash with the old.
        app_type: which application.
        tier: size of the application, as its offer in AWS Marketplace calls it; may change.
        key: encrypts the application's data.
        admin_users: who administers the application, by the names with which they sign in
            to it; Comet and Fiddler need one.
        arguments: what the application asks for besides.
        maintenance_window_start: weekday and time of the weekly maintenance in UTC, such
            as ``Sun:03:00``.
        auto_minor_version_upgrade: whether maintenance brings the newest minor version.
        app_version: minor version to upgrade to, such as ``1.4``; SageMaker skips none and
            goes back to none.
        iam_session_based_identity: whether the name of an IAM session is the user's name in
            the application. AWS advises against it in production.
        artifacts: a bucket that the application may use.
        bedrock_models: ids of models or inference profiles of Bedrock that it may call.
        removal_policy: RETAIN keeps the app, with its role and its costs, when the stack
            goes.
    """

    INTERFACE_ENDPOINTS = ("SAGEMAKER_API", "SAGEMAKER_PARTNER_APP")
    """AWS services that users call from inside the VPC; the first for the link to an app."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        app_type: PartnerAppType,
        tier: str,
        key: kms.IKey,
        maintenance_window_start: str,
        removal_policy: RemovalPolicy,
        admin_users: Sequence[str] = (),
        arguments: Mapping[str, str] | None = None,
        auto_minor_version_upgrade: bool = True,
        app_version: str | None = None,
        iam_session_based_identity: bool = False,
        artifacts: ArtifactAccess | None = None,
        bedrock_models: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        require_one_of("app_type", app_type, PartnerAppType)
        self.role = partner_app_role(
            self,
            artifacts=artifacts,
            bedrock_models=bedrock_models,
            removal_policy=removal_policy,
        )
        self.resource = sagemaker.CfnPartnerApp(
            self,
            "Resource",
            name=name,
            type=app_type,
            tier=tier,
            auth_type="IAM",
            execution_role_arn=self.role.role_arn,
            kms_key_id=key.key_arn,
            application_config=sagemaker.CfnPartnerApp.PartnerAppConfigProperty(
                admin_users=list(admin_users), arguments=dict(arguments or {})
            ),
            maintenance_config=sagemaker.CfnPartnerApp.PartnerAppMaintenanceConfigProperty(
                maintenance_window_start=maintenance_window_start
            ),
            enable_auto_minor_version_upgrade=auto_minor_version_upgrade,
            enable_iam_session_based_identity=iam_session_based_identity,
            app_version=app_version,
        )
        self.resource.apply_removal_policy(removal_policy)

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant opening this app, and using it from code.

        To grant apps by their tags, without waiting for
        them to be created, use `use_partner_apps`.
        """
        return grant(
            grantee,
            [iam.PolicyStatement(actions=list(USE_ACTIONS), resources=[self.resource.attr_arn])],
        )
