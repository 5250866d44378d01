"""What JupyterLab and Code Editor start with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each

if TYPE_CHECKING:
    from sagemaker_platform.studio.images import CustomImage
    from sagemaker_platform.studio.lifecycle_configs import LifecycleConfig

AppType = Literal["JupyterLab", "CodeEditor"]
"""The apps of Studio that run in a space."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class IdleShutdown:
    """When an idle JupyterLab or Code Editor app is stopped, in minutes.

    Args:
        default_minutes: for users who choose nothing.
        min_minutes: the least a user may choose.
        max_minutes: the most a user may choose.
    """

    default_minutes: int
    min_minutes: int
    max_minutes: int

    def to_property(self) -> dict[str, Any]:
        """Return the properties for CloudFormation."""
        return {
            "idleSettings": {
                "lifecycleManagement": "ENABLED",
                "idleTimeoutInMinutes": self.default_minutes,
                "minIdleTimeoutInMinutes": self.min_minutes,
                "maxIdleTimeoutInMinutes": self.max_minutes,
            }
        }

    def to_api(self) -> dict[str, Any]:
        """Return the idle settings for the API of SageMaker."""
        return {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": self.default_minutes,
            "MinIdleTimeoutInMinutes": self.min_minutes,
            "MaxIdleTimeoutInMinutes": self.max_minutes,
        }


@checks_types
@dataclass(frozen=True, kw_only=True)
class AppDefaults:
    """What an app starts with unless its user chooses otherwise, and what there is to choose.

    Args:
        instance_type: instance type. In a space, defaults to the owner's.
        lifecycle_configs: scripts that a user may choose, at most 30.
        default_lifecycle_config: the one of them that runs when a user chooses none.
        built_in_lifecycle_config_arn: a script that runs before any other, and that no user
            can leave out.
        images: images of your own that a user may choose, at most 200.
        default_image: the one of them that an app runs in when a user chooses none.
        training_plan_arn: training plan whose reserved capacity the instances come from; it
            must offer ``instance_type``.
        code_repositories: HTTPS URLs of git repositories that are offered for cloning, at
            most 30; for JupyterLab only.
    """

    instance_type: str | None = None
    lifecycle_configs: Sequence[LifecycleConfig] = ()
    default_lifecycle_config: LifecycleConfig | None = None
    built_in_lifecycle_config_arn: str | None = None
    images: Sequence[CustomImage] = ()
    default_image: CustomImage | None = None
    training_plan_arn: str | None = None
    code_repositories: Sequence[str] = ()

    def __post_init__(self) -> None:
        require_each("lifecycle_configs", self.lifecycle_configs, Construct)
        require_each("images", self.images, Construct)
        require_each("code_repositories", self.code_repositories, str)

    def to_property(self, app: AppType) -> dict[str, Any]:
        """Return the properties for CloudFormation, without idle shutdown.

        Raises:
            ValueError: something is not for this kind of app.
        """
        scripts = self.lifecycle_configs
        for script in scripts:
            if script.app_type != app:
                raise ValueError(f"expected a lifecycle configuration for {app}: {script.node.id}")
        if app == "CodeEditor" and self.code_repositories:
            raise ValueError(
                f"code_repositories: got {', '.join(self.code_repositories)}; must be empty for "
                "CodeEditor, which offers none"
            )
        # Empty lists too: what an update leaves out, SageMaker keeps (AWS: "LifecycleConfigArns"
        # of JupyterLabAppSettings in the API reference).
        settings: dict[str, Any] = {
            "defaultResourceSpec": self._resource_spec(app),
            "lifecycleConfigArns": [script.arn for script in scripts],
            "customImages": [image.to_property(app) for image in self.images],
        }
        if app == "JupyterLab":
            settings["codeRepositories"] = [
                {"repositoryUrl": url} for url in self.code_repositories
            ]
        if self.built_in_lifecycle_config_arn is not None:
            settings["builtInLifecycleConfigArn"] = self.built_in_lifecycle_config_arn
        return settings

    def _resource_spec(self, app: AppType) -> dict[str, Any]:
        script, image = self.default_lifecycle_config, self.default_image
        spec: dict[str, Any] = {}
        if self.instance_type is not None:
            spec["instanceType"] = self.instance_type
        if script is not None:
            spec["lifecycleConfigArn"] = script.arn
        if image is not None:
            image.to_property(app)
            spec["sageMakerImageArn"] = image.resource.ref
            spec["sageMakerImageVersionArn"] = image.version.ref
        if self.training_plan_arn is not None:
            spec["trainingPlanArn"] = self.training_plan_arn
        return spec
