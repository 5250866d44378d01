"""A person in a Studio domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.studio.apps import AppDefaults
from sagemaker_platform.studio.existing_domain import IStudioDomain
from sagemaker_platform.studio.groups import reach_itself, security_group
from sagemaker_platform.studio.portal import Portal
from sagemaker_platform.studio.r_studio import RStudioAccess, access_property
from sagemaker_platform.studio.storage import (
    FileSystem,
    PosixUser,
    SpaceStorage,
    file_system_properties,
)


@checks_types
@dataclass(frozen=True, kw_only=True)
class OwnSettings:
    """What one user has in place of what the domain gives to all.

    Args:
        jupyter_lab: what JupyterLab starts with, in full.
        code_editor: what Code Editor starts with, in full.
        portal: what the user sees, in full.
        space_storage: sizes of volumes.
        posix_user: POSIX ids of the user's processes on your file systems.
        file_systems: your file systems, at most ten.
        r_studio: what the user is in RStudio. A profile cannot change it: CloudFormation
            refuses, until the user has another name.
    """

    jupyter_lab: AppDefaults | None = None
    code_editor: AppDefaults | None = None
    portal: Portal | None = None
    space_storage: SpaceStorage | None = None
    posix_user: PosixUser | None = None
    file_systems: Sequence[FileSystem] = ()
    r_studio: RStudioAccess | None = None

    @property
    def security_group_ids(self) -> Sequence[str]:
        """Groups that the user's apps are in for the sake of file systems; at most four."""
        found = (one.security_group_id for one in self.file_systems)
        return list(dict.fromkeys(group for group in found if group is not None))

    def to_property(self) -> dict[str, Any]:
        """Return the properties for CloudFormation."""
        settings: dict[str, Any] = {}
        if self.jupyter_lab is not None:
            settings["jupyterLabAppSettings"] = self.jupyter_lab.to_property("JupyterLab")
        if self.code_editor is not None:
            settings["codeEditorAppSettings"] = self.code_editor.to_property("CodeEditor")
        if self.portal is not None:
            settings["studioWebPortalSettings"] = self.portal.to_property()
        if self.space_storage is not None:
            settings["spaceStorageSettings"] = self.space_storage.to_property()
        if self.posix_user is not None:
            posix = {"uid": self.posix_user.uid, "gid": self.posix_user.gid}
            settings["customPosixUserConfig"] = posix
        if self.file_systems:
            settings["customFileSystemConfigs"] = file_system_properties(self.file_systems)
        if self.r_studio is not None:
            settings["rStudioServerProAppSettings"] = access_property(self.r_studio)
        return settings


@checks_types
class UserProfile(Construct):
    """A user profile with its own security group.

    Users cannot reach each other's apps over the network: SageMaker adds this group to the
    domain's, which does not let its members reach each other.

    Args:
        domain: the domain.
        name: name of the profile: letters and digits with single hyphens, at most 63.
        execution_role: role of this user. Defaults to the domain's execution role.
        single_sign_on_user: user name in IAM Identity Center; required in a domain with
            ``auth_mode`` SSO, and forbidden otherwise. A profile cannot change it: give
            another name together with another user.
        own: settings of this user that override the domain's. Defaults to none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: IStudioDomain,
        name: str,
        execution_role: iam.IRole | None = None,
        single_sign_on_user: str | None = None,
        own: OwnSettings = OwnSettings(),
    ) -> None:
        super().__init__(scope, id)
        self.domain = domain
        self.name = name
        # Reaches what the user starts, so that their cost can be told apart.
        Tags.of(self).add("user", name)
        own_group = security_group(
            self,
            "SecurityGroup",
            network=domain.network,
            description=f"Apps of {name}",
            lustre=domain.lustre,
        )
        reach_itself(own_group)
        self.resource = sagemaker.CfnUserProfile(
            self,
            "Resource",
            domain_id=domain.domain_id,
            user_profile_name=name,
            single_sign_on_user_identifier="UserName" if single_sign_on_user else None,
            single_sign_on_user_value=single_sign_on_user,
            user_settings={
                "executionRole": execution_role.role_arn if execution_role else None,
                "securityGroups": [own_group.security_group_id, *own.security_group_ids],
                **own.to_property(),
            },
        )
        self.resource.apply_removal_policy(domain.removal_policy)
        self._clean_up = domain.clean_up_user(self, self.resource)
        domain.delete_before(self.resource)

    def delete_before(self, *others: IConstruct) -> None:
        """Clean up after this user before others are deleted, if the domain is cleaned up."""
        if self._clean_up is not None:
            self._clean_up.node.add_dependency(*others)
        self.domain.delete_before(*others)
