"""A space: the volume and the app that a person works in."""

from typing import Any, Literal

from aws_cdk import Tags
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.studio.apps import AppDefaults, AppType
from sagemaker_platform.studio.storage import FileSystem
from sagemaker_platform.studio.user_profile import UserProfile

Sharing = Literal["Private", "Shared"]
"""Who may run a space: its owner alone, or everybody in the domain."""


@checks_types
class Space(Construct):
    """A space of a user, with its own volume for the user's files.

    A space cannot change its owner, nor how it is shared: give another name with either.
    CloudFormation refuses it otherwise. The app itself is started by its user, and with it
    begins its cost; the volume costs from the start.

    Args:
        owner: the profile that owns it.
        name: name of the space: letters and digits with hyphens between, at most 63.
        sharing: whether others may run it.
        app: the kind of app that runs in it.
        starts_with: what the app starts with; of it CloudFormation takes the instance type,
            the default lifecycle configuration and image, and the code repositories. Absent,
            what its owner has.
        storage_gib: size of the volume. Defaults to the owner's default, or to the domain's for a
            shared space. A volume cannot shrink.
        display_name: name that users see. Defaults to the name.
        file_system: one of your file systems to mount.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        owner: UserProfile,
        name: str,
        sharing: Sharing,
        app: AppType,
        starts_with: AppDefaults | None = None,
        storage_gib: int | None = None,
        display_name: str | None = None,
        file_system: FileSystem | None = None,
    ) -> None:
        super().__init__(scope, id)
        require_one_of("sharing", sharing, Sharing)
        require_one_of("app", app, AppType)
        domain = owner.domain
        Tags.of(self).add("user", owner.name)
        settings: dict[str, Any] = {
            "appType": app,
            # It would take a right that no activity gives.
            "remoteAccess": "DISABLED",
        }
        if starts_with is not None:
            key = "jupyterLabAppSettings" if app == "JupyterLab" else "codeEditorAppSettings"
            rendered = starts_with.to_property(app)
            known = ("defaultResourceSpec", "codeRepositories")
            settings[key] = {k: rendered[k] for k in known if rendered.get(k)}
        if storage_gib is not None:
            settings["spaceStorageSettings"] = {
                "ebsStorageSettings": {"ebsVolumeSizeInGb": storage_gib}
            }
        if file_system is not None:
            settings["customFileSystems"] = [file_system.to_space_property()]
        self.resource = sagemaker.CfnSpace(
            self,
            "Resource",
            domain_id=domain.domain_id,
            space_name=name,
            space_display_name=display_name,
            ownership_settings={"ownerUserProfileName": owner.name},
            space_sharing_settings={"sharingType": sharing},
            space_settings=settings,
        )
        self.resource.add_resource_dependency(owner.resource)
        self.resource.apply_removal_policy(domain.removal_policy)
        owner.delete_before(self.resource)
