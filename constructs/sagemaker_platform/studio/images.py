"""Container images of your own for Studio's apps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of, require_some
from sagemaker_platform.security import ExecutionRole, pull_images, repository_of
from sagemaker_platform.studio.apps import AppType


@checks_types
@dataclass(frozen=True, kw_only=True)
class ImageContainer:
    """How an image is started.

    Args:
        entrypoint: what is run in place of the image's own entry point.
        arguments: what that is given; at most 50.
        environment: environment variables; at most 25.
    """

    entrypoint: str | None = None
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@checks_types
class CustomImage(Construct):
    """An image in ECR that JupyterLab or Code Editor run in.

    SageMaker takes the content of ``base_image`` when its version is made: what is pushed
    under the same tag later is not seen. Another ``base_image`` makes a new version; the old
    one goes when everything that refers to it has moved.

    Args:
        name: name of the image in the account, at most 50 characters.
        base_image: URI of the image in ECR, in this region.
        apps: the kinds of app it is made for.
        display_name: name that users see. Defaults to the name.
        description: what it holds.
        container: how it is started.

    Raises:
        ValueError: the image is not in ECR.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        base_image: str,
        apps: Sequence[AppType],
        display_name: str | None = None,
        description: str | None = None,
        container: ImageContainer | None = None,
    ) -> None:
        super().__init__(scope, id)
        require_some("apps", apps)
        for app in apps:
            require_one_of("apps", app, AppType)
        self.name = name
        role = ExecutionRole(
            self,
            "Role",
            description=f"Pulls the Studio image {name}",
            statements=pull_images([repository_of(self, base_image)]),
        ).role
        self.resource = sagemaker.CfnImage(
            self,
            "Resource",
            image_name=name,
            image_role_arn=role.role_arn,
            image_display_name=display_name,
            image_description=description,
        )
        self.version = sagemaker.CfnImageVersion(
            self, "Version", image_name=name, base_image=base_image
        )
        self.version.add_resource_dependency(self.resource)
        self._configs = {app: self._config(app, container or ImageContainer()) for app in apps}

    def to_property(self, app: AppType) -> dict[str, object]:
        """Return the properties with which the settings of one kind of app refer to this image.

        Raises:
            ValueError: the image is not made for that kind of app.
        """
        if app not in self._configs:
            raise ValueError(f"expected an image for {app}, got {self.name}")
        return {
            "appImageConfigName": self._configs[app].ref,
            # Without a number it is the newest version, which is always ours.
            "imageName": self.name,
        }

    def _config(self, app: AppType, container: ImageContainer) -> sagemaker.CfnAppImageConfig:
        lab = app == "JupyterLab"
        settings = {
            "containerConfig": {
                "containerEntrypoint": [container.entrypoint] if container.entrypoint else None,
                "containerArguments": list(container.arguments) or None,
                "containerEnvironmentVariables": [
                    {"key": key, "value": value} for key, value in container.environment.items()
                ]
                or None,
            }
        }
        config = sagemaker.CfnAppImageConfig(
            self,
            f"{app}Config",
            app_image_config_name=f"{self.name}-{'jupyter-lab' if lab else 'code-editor'}",
            jupyter_lab_app_image_config=settings if lab else None,
            code_editor_app_image_config=None if lab else settings,
        )
        # Who refers to it finds an image that has a version.
        config.add_resource_dependency(self.version)
        return config
