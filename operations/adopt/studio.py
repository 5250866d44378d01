"""Describes a domain of Studio with its profiles and spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from operations.adopt.found import (
    Asking,
    Existing,
    Found,
    Note,
    is_environment,
    slug,
    without_none,
)
from operations.assembly import Json

_INSTANCE = re.compile(r"ssoins-[0-9a-f]+")
# A stack takes 75 users with all else; see `stacks.studio.rules`.
_USERS_OF_ONE_STACK, _USERS_OF_A_STACK = 60, 50
_LONGEST = 20


def read(asking: Asking, identifier: str, environment: str | None) -> Found:
    """Return a domain as settings.

    Args:
        asking: asks the account.
        identifier: id of the domain, or its name.
        environment: name of the environment; if None, that of the domain where it can be one.
    """
    own = identifier if identifier.startswith("d-") else _id_of(asking, identifier)
    domain = asking.require("sagemaker", "describe_domain", DomainId=own)
    name = domain["DomainName"]
    chosen = environment or (name if is_environment(name) else slug(name, _LONGEST))
    notes: list[Note] = []
    settings = dict(_domain(domain, notes))
    profiles = [
        profile
        for one in asking.every(
            "sagemaker", "list_user_profiles", "UserProfiles", DomainIdEquals=own
        )
        if (
            profile := asking.ask(
                "sagemaker",
                "describe_user_profile",
                DomainId=own,
                UserProfileName=one["UserProfileName"],
            )
        )
    ]
    spaces = [
        space
        for one in asking.every("sagemaker", "list_spaces", "Spaces", DomainIdEquals=own)
        if (
            space := asking.ask(
                "sagemaker", "describe_space", DomainId=own, SpaceName=one["SpaceName"]
            )
        )
    ]
    users = [_user(index, one, domain, notes) for index, one in enumerate(profiles)]
    names = {
        one["UserProfileName"]: user["name"] for one, user in zip(profiles, users, strict=True)
    }
    owned = [one for one in spaces if _owner(one) in names]
    notes += [
        Note(("studio",), f"The space {one['SpaceName']} has no owner among the users; it stays")
        for one in spaces
        if _owner(one) not in names
    ]
    settings |= without_none(
        {
            "users": users,
            "user_stacks": -(-len(users) // _USERS_OF_A_STACK)
            if len(users) > _USERS_OF_ONE_STACK
            else None,
            "spaces": [_space(index, one, names, notes) for index, one in enumerate(owned)],
        }
    )
    return Found(
        environment=chosen,
        block={"studio": settings},
        notes=notes,
        subnets=domain.get("SubnetIds", []),
        key_arn=domain.get("KmsKeyId"),
        tags=asking.tags(domain["DomainArn"]) if "DomainArn" in domain else {},
        resources=[
            Existing("AWS::SageMaker::Domain", {"DomainId": own}, domain),
            *(
                Existing(
                    "AWS::SageMaker::UserProfile",
                    {"UserProfileName": one["UserProfileName"], "DomainId": own},
                    one,
                    where={"UserProfileName": one["UserProfileName"]},
                )
                for one in profiles
            ),
            *(
                Existing(
                    "AWS::SageMaker::Space",
                    {"DomainId": own, "SpaceName": one["SpaceName"]},
                    one,
                    where={"SpaceName": one["SpaceName"]},
                )
                for one in owned
            ),
        ],
    )


def _id_of(asking: Asking, name: str) -> str:
    found = asking.every("sagemaker", "list_domains", "Domains")
    ids = [str(one["DomainId"]) for one in found if one.get("DomainName") == name]
    return ids[0] if len(ids) == 1 else name


def _domain(domain: Json, notes: list[Note]) -> Iterator[tuple[str, Any]]:
    user: Json = domain.get("DefaultUserSettings", {})
    shared: Json = domain.get("DefaultSpaceSettings", {})
    own: Json = domain.get("DomainSettings", {})
    yield "auth_mode", domain["AuthMode"]
    if domain["AuthMode"] == "SSO":
        found = _INSTANCE.search(domain.get("SingleSignOnApplicationArn", ""))
        yield (
            "identity_center_instance_arn",
            f"arn:aws:sso:::instance/{found[0] if found else 'ssoins-0000000000000000'}",
        )
        if not found:
            text = "AWS returns no instance of IAM Identity Center: replace the placeholder"
            notes.append(Note(("studio", "identity_center_instance_arn"), text))
    for key, app in (("jupyter_lab", "JupyterLab"), ("code_editor", "CodeEditor")):
        if block := _app(user.get(f"{app}AppSettings", {}), key, notes):
            yield key, block
    if idle := _idle(user.get("JupyterLabAppSettings", {})):
        yield "idle_shutdown", idle
    else:
        text = "Idle apps are not stopped today. A deploy turns it on, as this block says"
        notes.append(Note(("studio", "idle_shutdown"), text))
        yield "idle_shutdown", {"default_minutes": 480, "min_minutes": 60, "max_minutes": 480}
    if storage := _storage(user):
        yield "space_storage", storage
    if systems := list(_file_systems(user)):
        yield "file_systems", systems
    shared_block = without_none(
        {
            "space_storage": _storage(shared) or None,
            "file_systems": list(_file_systems(shared)),
        }
    )
    if shared_block:
        yield "shared_spaces", shared_block
    if portal := _portal(user.get("StudioWebPortalSettings", {}), notes):
        yield "portal", portal
    if groups := user.get("SecurityGroups"):
        text = "The platform adds a security group that allows only HTTPS"
        notes.append(Note(("studio", "security_group_ids"), text))
        yield "security_group_ids", groups
    docker = own.get("DockerSettings", {})
    if docker.get("EnableDockerAccess") == "ENABLED":
        yield (
            "docker",
            without_none(
                {
                    "trusted_accounts": docker.get("VpcOnlyTrustedAccounts", []),
                    "rootless": True if docker.get("RootlessDocker") == "ENABLED" else None,
                }
            ),
        )
    if studio := own.get("RStudioServerProDomainSettings"):
        yield (
            "r_studio",
            without_none(
                {
                    "access": _r_studio(user) or "none",
                    "connect_url": studio.get("RStudioConnectUrl"),
                    "package_manager_url": studio.get("RStudioPackageManagerUrl"),
                }
            ),
        )
    if own.get("TrustedIdentityPropagationSettings", {}).get("Status") == "ENABLED":
        yield "trusted_identity_propagation", True
    if profile := own.get("AmazonQSettings", {}).get("QProfileArn"):
        yield "amazon_q_profile_arn", profile
    notes += _of_domain(domain, user)


def _of_domain(domain: Json, user: Json) -> Iterator[Note]:
    at = ("studio",)
    if domain.get("AppNetworkAccessType") != "VpcOnly":
        yield Note(
            at,
            "Apps reach the internet without the VPC today. A deploy makes the domain VpcOnly, "
            "for which all apps must be stopped",
        )
    if role := user.get("ExecutionRole"):
        yield Note(
            at,
            f"Users have the role {role} today. A deploy gives them the role of their persona: "
            "compare its policies with the persona's activities first",
        )
    for name in ("Canvas", "TensorBoard", "JupyterServer", "KernelGateway", "RSession"):
        if user.get(f"{name}AppSettings"):
            key = ", but `canvas`" if name == "Canvas" else ""
            yield Note(at, f"{name} has settings that this file does not take over{key}")


def _app(app: Json, key: str, notes: list[Note]) -> Json:
    spec: Json = app.get("DefaultResourceSpec", {})
    at = ("studio", key)
    scripts = {*app.get("LifecycleConfigArns", []), spec.get("LifecycleConfigArn")} - {None}
    for arn in sorted(scripts):
        notes.append(
            Note(
                at,
                f"It has the lifecycle configuration {arn}: put its script into the checkout, and "
                "name it in studio.lifecycle_configs",
            )
        )
    for image in app.get("CustomImages", []):
        notes.append(
            Note(
                at,
                f"It offers the image {image['ImageName']}: name its URI in ECR in studio.images",
            )
        )
    return without_none(
        {
            "instance_type": spec.get("InstanceType"),
            "built_in_lifecycle_config_arn": app.get("BuiltInLifecycleConfigArn"),
            "training_plan_arn": spec.get("TrainingPlanArn"),
            "code_repositories": [one["RepositoryUrl"] for one in app.get("CodeRepositories", [])],
        }
    )


def _idle(app: Json) -> Json:
    idle: Json = app.get("AppLifecycleManagement", {}).get("IdleSettings", {})
    if idle.get("LifecycleManagement") != "ENABLED":
        return {}
    default = idle.get("IdleTimeoutInMinutes", 60)
    return {
        "default_minutes": default,
        "min_minutes": idle.get("MinIdleTimeoutInMinutes", min(60, default)),
        "max_minutes": idle.get("MaxIdleTimeoutInMinutes", max(480, default)),
    }


def _storage(settings: Json) -> Json:
    sizes = settings.get("SpaceStorageSettings", {}).get("DefaultEbsStorageSettings", {})
    return without_none(
        {
            "default_gib": sizes.get("DefaultEbsVolumeSizeInGb"),
            "max_gib": sizes.get("MaximumEbsVolumeSizeInGb"),
        }
    )


def _file_systems(settings: Json) -> Iterator[Json]:
    for one in settings.get("CustomFileSystemConfigs", []):
        for member, key in (("EFS", "efs"), ("FSxLustre", "fsx_lustre")):
            if found := one.get(f"{member}FileSystemConfig"):
                yield without_none(
                    {key: found["FileSystemId"], "path": found.get("FileSystemPath")}
                )
        if found := one.get("S3FileSystemConfig"):
            yield without_none({"s3": found["S3Uri"], "path": found.get("MountPath")})


def _portal(portal: Json, notes: list[Note]) -> Json:
    if hidden := portal.get("HiddenInstanceTypes"):
        notes.append(
            Note(
                ("studio", "portal"),
                f"{len(hidden)} instance types are hidden: name those that are allowed in "
                "studio.allowed_instance_types",
            )
        )
    versions = [
        version
        for one in portal.get("HiddenSageMakerImageVersionAliases", [])
        for version in one.get("VersionAliases", [])
    ]
    return without_none(
        {
            "hidden_apps": portal.get("HiddenAppTypes", []),
            "hidden_ml_tools": portal.get("HiddenMlTools", []),
            "hidden_image_versions": versions,
        }
    )


def _r_studio(settings: Json) -> str | None:
    access = settings.get("RStudioServerProAppSettings", {})
    if not access:
        return None
    if access.get("AccessStatus") != "ENABLED":
        return "none"
    return "administrator" if access.get("UserGroup") == "R_STUDIO_ADMIN" else "user"


def _user(index: int, profile: Json, domain: Json, notes: list[Note]) -> Json:
    settings: Json = profile.get("UserSettings", {})
    everybody: Json = domain.get("DefaultUserSettings", {})
    at = ("studio", "users", index)
    role = settings.get("ExecutionRole")
    if role and role != everybody.get("ExecutionRole"):
        notes.append(Note(at, f"Has the role {role} today: choose a persona"))
    lab = settings.get("JupyterLabAppSettings", {}).get("DefaultResourceSpec", {})
    storage = _storage(settings)
    posix = settings.get("CustomPosixUserConfig")
    in_domain = domain.get("DomainSettings", {}).get("RStudioServerProDomainSettings")
    return without_none(
        {
            "name": profile.get("SingleSignOnUserValue") or profile["UserProfileName"],
            "instance_type": lab.get("InstanceType"),
            "space_storage": storage if storage and storage != _storage(everybody) else None,
            "posix_user": {"uid": posix["Uid"], "gid": posix["Gid"]} if posix else None,
            "file_systems": list(_file_systems(settings)),
            "r_studio": _r_studio(settings) if in_domain else None,
        }
    )


def _owner(space: Json) -> str:
    return str(space.get("OwnershipSettings", {}).get("OwnerUserProfileName", ""))


def _space(index: int, space: Json, names: Mapping[str, str], notes: list[Note]) -> Json:
    settings: Json = space.get("SpaceSettings", {})
    kind = settings.get("AppType", "JupyterLab")
    app: Json = settings.get(f"{kind}AppSettings", {})
    spec: Json = app.get("DefaultResourceSpec", {})
    if spec.get("LifecycleConfigArn"):
        text = f"Its app runs the lifecycle configuration {spec['LifecycleConfigArn']}"
        notes.append(Note(("studio", "spaces", index), text))
    size = settings.get("SpaceStorageSettings", {}).get("EbsStorageSettings", {})
    return without_none(
        {
            "name": space["SpaceName"],
            "owner": names[_owner(space)],
            "sharing": space.get("SpaceSharingSettings", {}).get("SharingType", "Private"),
            "app": kind,
            "display_name": space.get("SpaceDisplayName"),
            "instance_type": spec.get("InstanceType"),
            "storage_gib": size.get("EbsVolumeSizeInGb"),
            "code_repositories": [one["RepositoryUrl"] for one in app.get("CodeRepositories", [])],
            "idle_minutes": app.get("AppLifecycleManagement", {})
            .get("IdleSettings", {})
            .get("IdleTimeoutInMinutes"),
            "file_system": next(_of_space(settings.get("CustomFileSystems", [])), None),
        }
    )


def _of_space(systems: Sequence[Json]) -> Iterator[Json]:
    for one in systems:
        for member, key in (("EFSFileSystem", "efs"), ("FSxLustreFileSystem", "fsx_lustre")):
            if member in one:
                yield {key: one[member]["FileSystemId"]}
        if "S3FileSystem" in one:
            yield {"s3": one["S3FileSystem"]["S3Uri"]}
