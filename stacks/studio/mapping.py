"""Makes what the constructs of Studio take out of the settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from constructs import Construct

from sagemaker_platform.studio import (
    AppDefaults,
    AppType,
    CustomImage,
    FileSystem,
    ImageContainer,
    LifecycleConfig,
    OwnSettings,
    Portal,
    PosixUser,
    SharedSpaces,
    SpaceStorage,
)
from sagemaker_platform.studio.client_defaults import ClientDefaults
from stacks.sagemaker_api import instance_types
from stacks.studio.app_settings import CodeEditorSettings, JupyterLabSettings, types_of_domains
from stacks.studio.settings import StudioSettings
from stacks.studio.space_settings import SpaceSettings
from stacks.studio.storage_settings import FileSystemSettings, SpaceStorageSettings
from stacks.studio.user_settings import UserSettings


class StudioMapping:
    """The scripts and images of an environment, and what refers to them."""

    def __init__(
        self,
        scope: Construct,
        settings: StudioSettings,
        *,
        environment: str,
        defaults: ClientDefaults,
        cluster_file_systems: Mapping[str, FileSystem],
        uses_cluster: Callable[[str, str], bool],
    ) -> None:
        self._settings, self._defaults = settings, defaults
        self._clusters = cluster_file_systems
        self._uses_cluster = uses_cluster
        self._scripts = {
            name: LifecycleConfig(
                scope,
                f"LifecycleConfig-{name}",
                name=f"{environment}-{name}",
                app_type=script.app_type,
                content=script.content,
            )
            for name, script in settings.lifecycle_configs.items()
        }
        self._images = {
            name: CustomImage(
                scope,
                f"Image-{name}",
                name=f"{environment}-{name}",
                base_image=image.base_image,
                apps=_apps_of(settings, name),
                display_name=image.display_name,
                description=image.description,
                container=ImageContainer(
                    entrypoint=image.entrypoint,
                    arguments=image.arguments,
                    environment=image.environment,
                ),
            )
            for name, image in settings.images.items()
        }
        self.jupyter_lab = self._app(settings.jupyter_lab)
        self.code_editor = self._app(settings.code_editor)

    @property
    def shared_spaces(self) -> SharedSpaces:
        """What shared spaces start with."""
        shared = self._settings.shared_spaces
        return SharedSpaces(
            jupyter_lab=self._app(shared.jupyter_lab) if shared.jupyter_lab else self.jupyter_lab,
            space_storage=_storage(shared.space_storage or self._settings.space_storage),
            file_systems=_file_systems(shared.file_systems),
        )

    @property
    def space_storage(self) -> SpaceStorage:
        """Sizes of the volumes of private spaces."""
        return _storage(self._settings.space_storage)

    @property
    def file_systems(self) -> Sequence[FileSystem]:
        """File systems in everyone's private spaces; those of clusters are in users'."""
        return _file_systems([one for one in self._settings.file_systems if not one.hyperpod])

    @property
    def portal(self) -> Portal:
        """What everyone sees."""
        return self._portal(self._settings.allowed_instance_types, types_of_domains())

    def of_user(self, user: UserSettings) -> OwnSettings:
        """Return what one user has in place of what the domain gives to all."""
        own, posix = user.instance_type, user.posix_user
        known = instance_types("AppInstanceType")
        return OwnSettings(
            jupyter_lab=_on(self.jupyter_lab, own) if own else None,
            code_editor=_on(self.code_editor, own) if own else None,
            portal=self._portal(user.allowed_instance_types, known)
            if user.allowed_instance_types
            else None,
            space_storage=_storage(user.space_storage) if user.space_storage else None,
            posix_user=PosixUser(uid=posix.uid, gid=posix.gid) if posix else None,
            file_systems=self._of_user(user),
            r_studio=user.r_studio,
        )

    def _of_user(self, user: UserSettings) -> list[FileSystem]:
        """Return a user's own file systems; none, if they are those of everyone."""
        persona = user.persona or self._settings.default_persona
        chosen = user.file_systems or [
            one
            for one in self._settings.file_systems
            if not one.hyperpod or self._uses_cluster(persona, one.hyperpod)
        ]
        if not user.file_systems and not any(one.hyperpod for one in chosen):
            return []
        return [
            replace(self._clusters[one.hyperpod], path=one.path)
            if one.hyperpod
            else file_system(one)
            for one in chosen
        ]

    def of_space(self, space: SpaceSettings) -> AppDefaults | None:
        """Return what the app of a space starts with, if anything is said of it."""
        given = (space.instance_type, space.lifecycle_config, space.image, space.code_repositories)
        if not any(given):
            return None
        return AppDefaults(
            instance_type=space.instance_type,
            default_lifecycle_config=self._scripts.get(space.lifecycle_config or ""),
            default_image=self._images.get(space.image or ""),
            code_repositories=space.code_repositories,
        )

    def _app(self, app: CodeEditorSettings) -> AppDefaults:
        kind: AppType = "JupyterLab" if isinstance(app, JupyterLabSettings) else "CodeEditor"
        return AppDefaults(
            instance_type=app.instance_type or self._settings.instance_type,
            lifecycle_configs=[self._scripts[name] for name in app.lifecycle_configs],
            default_lifecycle_config=self._scripts.get(app.default_lifecycle_config or ""),
            built_in_lifecycle_config_arn=app.built_in_lifecycle_config_arn
            or self._defaults.script(kind).arn,
            images=[self._images[name] for name in app.images],
            default_image=self._images.get(app.default_image or ""),
            training_plan_arn=app.training_plan_arn,
            code_repositories=app.code_repositories if isinstance(app, JupyterLabSettings) else (),
        )

    def _portal(self, allowed: Sequence[str] | None, known: Sequence[str]) -> Portal:
        portal = self._settings.portal
        return Portal(
            hidden_app_types=portal.hidden_apps,
            hidden_instance_types=[name for name in known if allowed and name not in allowed],
            hidden_ml_tools=portal.hidden_ml_tools,
            hidden_image_versions=portal.hidden_image_versions,
        )


def file_system(settings: FileSystemSettings) -> FileSystem:
    """Return a file system."""
    return FileSystem(kind=settings.kind, location=settings.location, path=settings.path)


def _on(app: AppDefaults, instance_type: str) -> AppDefaults:
    """Return what an app starts with on another instance type, which no training plan holds."""
    plan = app.training_plan_arn if instance_type == app.instance_type else None
    return replace(app, instance_type=instance_type, training_plan_arn=plan)


def _file_systems(settings: Sequence[FileSystemSettings]) -> list[FileSystem]:
    return [file_system(one) for one in settings]


def _storage(settings: SpaceStorageSettings) -> SpaceStorage:
    return SpaceStorage(default_gib=settings.default_gib, max_gib=settings.max_gib)


def _apps_of(settings: StudioSettings, image: str) -> list[AppType]:
    """Return the kinds of app that an image is for: those that name it."""
    lab = any(image in app.images for where, app in settings.apps() if where != "code_editor")
    editor = image in settings.code_editor.images
    spaces = {space.app for space in settings.spaces if space.image == image}
    apps: list[AppType] = []
    if lab or "JupyterLab" in spaces:
        apps.append("JupyterLab")
    if editor or "CodeEditor" in spaces:
        apps.append("CodeEditor")
    return apps
