"""What Canvas of a domain and of its users have in common."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from sagemaker_platform.network import INetwork
from sagemaker_platform.studio.canvas import (
    CanvasBedrockRole,
    CanvasSettings,
    CanvasWorkspace,
    canvas_user_statements,
)
from stacks.studio.canvas_settings import UserCanvasSettings
from stacks.studio.settings import StudioSettings


class StudioCanvas:
    """The workspace, and the role of Bedrock if anybody may fine-tune.

    Args:
        scope: where the role is made.
        settings: of a domain with Canvas.
        artifacts: the bucket that holds the workspace.
        key: encrypts the workspace.
    """

    def __init__(
        self, scope: Construct, *, settings: StudioSettings, artifacts: s3.IBucket, key: kms.IKey
    ) -> None:
        assert settings.canvas is not None
        self._workspace = CanvasWorkspace(
            bucket=artifacts, prefix=settings.canvas.workspace_prefix, key=key
        )
        asked = [settings.canvas, *(user.canvas for user in settings.users if user.canvas)]
        self._role: iam.IRole | None = None
        if any(one.bedrock_fine_tuning for one in asked):
            self._role = CanvasBedrockRole(
                scope, "CanvasBedrockRole", workspace=self._workspace
            ).role
        # People share roles: a role may do what any of them may.
        self._all = CanvasSettings(
            workspace=self._workspace,
            model_register=any(one.model_register for one in asked),
            direct_deploy=any(one.direct_deploy for one in asked),
            bedrock_role=self._role,
        )

    def of(self, settings: UserCanvasSettings) -> CanvasSettings:
        """Return what settings of the domain or of a user ask for."""
        return CanvasSettings(
            workspace=self._workspace,
            time_series_forecasting=settings.time_series_forecasting,
            model_register=settings.model_register,
            cross_account_model_register_role_arn=settings.cross_account_model_register_role_arn,
            direct_deploy=settings.direct_deploy,
            kendra=settings.kendra,
            bedrock_role=self._role if settings.bedrock_fine_tuning else None,
        )

    def user_statements(self, scope: IConstruct, *, network: INetwork) -> list[iam.PolicyStatement]:
        """Return what people need to work with Canvas, the workspace included."""
        return [
            *canvas_user_statements(scope, self._all, subnet_ids=list(network.private_subnet_ids)),
            *self._workspace.access_statements(),
        ]
