"""Apps, images, scripts, spaces and what users have of their own."""

import base64
import json
from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_platform.network import ImportedNetwork
from sagemaker_platform.studio import (
    AppDefaults,
    CustomImage,
    DockerAccess,
    FileSystem,
    IdleShutdown,
    LifecycleConfig,
    OwnSettings,
    Portal,
    PosixUser,
    RStudio,
    SharedSpaces,
    Space,
    SpaceStorage,
    StudioDomain,
    UserProfile,
    studio_user_statements,
)

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/studio/geo:1.0"
ROLE = "arn:aws:iam::123456789012:role/scientist"
LAB = AppDefaults(instance_type="ml.t3.medium")


def domain(stack: Stack, *, id: str = "Domain", **more: Any) -> StudioDomain:
    arguments: dict[str, Any] = {
        "name": "team",
        "network": ImportedNetwork(
            stack,
            f"{id}Network",
            vpc_id="vpc-1",
            cidr="10.0.0.0/16",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-a", "subnet-b"],
        ),
        "key": kms.Key(stack, f"{id}Key"),
        "auth_mode": "IAM",
        "execution_role": iam.Role.from_role_arn(stack, f"{id}Role", ROLE),
        "idle_shutdown": IdleShutdown(default_minutes=60, min_minutes=60, max_minutes=120),
        "space_storage": SpaceStorage(default_gib=10, max_gib=50),
        "jupyter_lab": LAB,
        "removal_policy": RemovalPolicy.RETAIN,
    }
    return StudioDomain(stack, id, **{**arguments, **more})


def properties(stack: Stack, noun: str) -> dict[str, Any]:
    resources = Template.from_stack(stack).find_resources(f"AWS::SageMaker::{noun}")
    [resource] = resources.values()
    return dict(resource["Properties"])


def script(stack: Stack, id: str = "Script", **more: Any) -> LifecycleConfig:
    arguments: dict[str, Any] = {
        "name": "set-up",
        "app_type": "JupyterLab",
        "content": "#!/bin/bash\n",
    }
    return LifecycleConfig(stack, id, **{**arguments, **more})


def script_name(stack: Stack) -> str:
    return str(properties(stack, "StudioLifecycleConfig")["StudioLifecycleConfigName"])


def test_a_script_is_kept_as_it_is(stack: Stack) -> None:
    script(stack, content="#!/bin/bash\necho ä\n")
    content = properties(stack, "StudioLifecycleConfig")["StudioLifecycleConfigContent"]
    assert base64.b64decode(content).decode() == "#!/bin/bash\necho ä\n"


@pytest.mark.parametrize(
    "change",
    [{"content": "#!/bin/bash\ntrue\n"}, {"app_type": "CodeEditor"}, {"name": "other"}],
    ids=lambda change: next(iter(change)),
)
def test_the_name_of_a_script_changes_with_it(new_stack: Any, change: dict[str, str]) -> None:
    """None of its properties can change, so that each change needs another name."""
    stacks = [new_stack() for _ in range(3)]
    for stack, more in zip(stacks, ({}, {}, change), strict=True):
        script(stack, **more)
    first, same, changed = map(script_name, stacks)
    assert first == same
    assert changed != first
    assert len(first) == len("set-up-") + 10


@pytest.mark.parametrize("content", ["", "#!/bin/bash\n" + "x" * 13_000])
def test_a_script_of_the_wrong_length_is_refused(stack: Stack, content: str) -> None:
    with pytest.raises(ValueError, match="expected a script of 1 to 16384 characters"):
        script(stack, content=content)


def test_apps_offer_scripts_images_and_repositories(stack: Stack) -> None:
    one = script(stack)
    image = CustomImage(stack, "Image", name="geo", base_image=IMAGE, apps=["JupyterLab"])
    lab = AppDefaults(
        instance_type="ml.m5.large",
        lifecycle_configs=[one],
        default_lifecycle_config=one,
        built_in_lifecycle_config_arn="arn:built-in",
        images=[image],
        default_image=image,
        training_plan_arn="arn:plan",
        code_repositories=["https://github.com/team/project.git"],
    )
    domain(stack, jupyter_lab=lab, code_editor=LAB)
    settings = properties(stack, "Domain")
    for block in ("DefaultUserSettings", "DefaultSpaceSettings"):
        app = settings[block]["JupyterLabAppSettings"]
        [arn] = app["LifecycleConfigArns"]
        assert app["BuiltInLifecycleConfigArn"] == "arn:built-in"
        assert app["CodeRepositories"] == [{"RepositoryUrl": "https://github.com/team/project.git"}]
        [offered] = app["CustomImages"]
        assert offered["ImageName"] == "geo"
        # The newest version, which is there before anybody refers to the image.
        assert set(offered) == {"AppImageConfigName", "ImageName"}
        spec = app["DefaultResourceSpec"]
        assert spec["InstanceType"] == "ml.m5.large"
        assert spec["LifecycleConfigArn"] == arn
        assert spec["TrainingPlanArn"] == "arn:plan"
        assert {"SageMakerImageArn", "SageMakerImageVersionArn"} <= set(spec)
    [config] = Template.from_stack(stack).find_resources("AWS::SageMaker::AppImageConfig").values()
    [version] = Template.from_stack(stack).find_resources("AWS::SageMaker::ImageVersion")
    assert config["DependsOn"] == [version]
    editor = settings["DefaultUserSettings"]["CodeEditorAppSettings"]
    assert editor["DefaultResourceSpec"] == {"InstanceType": "ml.t3.medium"}


def test_what_is_taken_away_is_said(stack: Stack) -> None:
    """SageMaker keeps what an update does not mention."""
    domain(stack)
    settings = properties(stack, "Domain")["DefaultUserSettings"]
    assert settings["JupyterLabAppSettings"]["LifecycleConfigArns"] == []
    assert settings["JupyterLabAppSettings"]["CustomImages"] == []
    assert settings["JupyterLabAppSettings"]["CodeRepositories"] == []
    assert settings["CustomFileSystemConfigs"] == []


def test_an_app_takes_nothing_of_another(stack: Stack) -> None:
    with pytest.raises(ValueError, match="expected a lifecycle configuration for CodeEditor"):
        AppDefaults(lifecycle_configs=[script(stack)]).to_property("CodeEditor")
    image = CustomImage(stack, "Image", name="geo", base_image=IMAGE, apps=["JupyterLab"])
    with pytest.raises(ValueError, match="expected an image for CodeEditor, got geo"):
        AppDefaults(images=[image]).to_property("CodeEditor")
    with pytest.raises(ValueError, match="must be empty for CodeEditor, which offers none"):
        AppDefaults(code_repositories=["https://github.com/a/b"]).to_property("CodeEditor")


def test_the_role_of_an_image_pulls_that_image(stack: Stack) -> None:
    CustomImage(stack, "Image", name="geo", base_image=IMAGE, apps=["JupyterLab", "CodeEditor"])
    template = Template.from_stack(stack)
    [policy] = template.find_resources("AWS::IAM::ManagedPolicy").values()
    pull, login = policy["Properties"]["PolicyDocument"]["Statement"]
    assert "repository/studio/geo" in json.dumps(pull["Resource"])
    assert login["Action"] == "ecr:GetAuthorizationToken"
    template.resource_count_is("AWS::SageMaker::AppImageConfig", 2)
    [version] = template.find_resources("AWS::SageMaker::ImageVersion").values()
    assert version["DependsOn"]
    assert version["Properties"]["BaseImage"] == IMAGE


def test_an_image_outside_of_ecr_is_refused(stack: Stack) -> None:
    with pytest.raises(ValueError, match="expected an image in ECR"):
        CustomImage(stack, "Image", name="geo", base_image="python:3.13", apps=["JupyterLab"])


def test_portal_hides_what_it_is_told(stack: Stack) -> None:
    portal = Portal(
        hidden_app_types=["Canvas"],
        hidden_instance_types=["ml.p4d.24xlarge"],
        hidden_ml_tools=["JumpStart"],
        hidden_image_versions=["1.9"],
    )
    domain(stack, portal=portal)
    assert properties(stack, "Domain")["DefaultUserSettings"]["StudioWebPortalSettings"] == {
        "HiddenAppTypes": ["Canvas"],
        "HiddenInstanceTypes": ["ml.p4d.24xlarge"],
        "HiddenMlTools": ["JumpStart"],
        "HiddenSageMakerImageVersionAliases": [
            {"SageMakerImageName": "sagemaker_distribution", "VersionAliases": ["1.9"]}
        ],
    }


def denials(stack: Stack, **more: Any) -> list[dict[str, Any]]:
    statements = [statement.to_json() for statement in studio_user_statements(stack, **more)]
    return [statement for statement in statements if statement["Effect"] == "Deny"]


def test_nothing_is_denied_where_nothing_is_said(stack: Stack) -> None:
    assert denials(stack) == []


def test_apps_are_kept_off_other_instance_types(stack: Stack) -> None:
    found = denials(
        stack,
        allowed_instance_types=["ml.t3.medium"],
        exceptions={
            "alice": ["ml.g5.xlarge"],
            "bob": ["ml.g5.xlarge"],
            "carol": ["ml.m5.large"],
        },
    )
    assert all("sagemaker:CreateApp" in statement["Action"] for statement in found)
    owner, types = "sagemaker:OwnerUserProfileArn", "sagemaker:InstanceTypes"
    assert [statement["Condition"] for statement in found] == [
        {
            "ForAnyValue:StringNotEquals": {types: ["ml.g5.xlarge", "system"]},
            "StringLike": {owner: ["*/alice", "*/bob"]},
        },
        {
            "ForAnyValue:StringNotEquals": {types: ["ml.m5.large", "system"]},
            "StringLike": {owner: ["*/carol"]},
        },
        {
            "ForAnyValue:StringNotEquals": {types: ["ml.t3.medium", "system"]},
            "StringNotLike": {owner: ["*/alice", "*/bob", "*/carol"]},
        },
    ]


EFS = FileSystem(kind="EFS", location="fs-12345678", path="/data")
LUSTRE = FileSystem(kind="FSxLustre", location="fs-87654321")
BUCKET = FileSystem(kind="S3", location="s3://bucket/", path="/mnt/bucket")


def test_file_systems(stack: Stack) -> None:
    shared = SharedSpaces(
        jupyter_lab=LAB,
        space_storage=SpaceStorage(default_gib=5, max_gib=6),
        file_systems=[BUCKET],
    )
    domain(stack, file_systems=[EFS, LUSTRE], shared_spaces=shared)
    settings = properties(stack, "Domain")
    assert settings["DefaultUserSettings"]["CustomFileSystemConfigs"] == [
        {"EFSFileSystemConfig": {"FileSystemId": "fs-12345678", "FileSystemPath": "/data"}},
        {"FSxLustreFileSystemConfig": {"FileSystemId": "fs-87654321"}},
    ]
    space = settings["DefaultSpaceSettings"]
    assert space["CustomFileSystemConfigs"] == [
        {"S3FileSystemConfig": {"S3Uri": "s3://bucket/", "MountPath": "/mnt/bucket"}}
    ]
    storage = space["SpaceStorageSettings"]["DefaultEbsStorageSettings"]
    assert storage["MaximumEbsVolumeSizeInGb"] == 6


@pytest.mark.parametrize("lustre", [True, False])
def test_lustre_is_reached_where_it_is_used(stack: Stack, lustre: bool) -> None:
    UserProfile(stack, "Alice", domain=domain(stack, lustre=lustre), name="alice")
    groups = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroup").values()
    assert len(groups) == 3
    for group in groups:
        ports = {rule["FromPort"]: rule for rule in group["Properties"]["SecurityGroupEgress"]}
        assert set(ports) == ({443, 2049, 988, 1018} if lustre else {443, 2049})
        for port in set(ports) - {443}:
            assert ports[port]["CidrIp"] == "10.0.0.0/16"


def test_docker_and_its_trusted_accounts(stack: Stack) -> None:
    domain(stack, docker=DockerAccess(trusted_accounts=["123456789012"]))
    assert properties(stack, "Domain")["DomainSettings"]["DockerSettings"] == {
        "EnableDockerAccess": "ENABLED",
        "VpcOnlyTrustedAccounts": ["123456789012"],
    }


def test_r_studio_has_a_role_and_groups_that_sagemaker_makes(stack: Stack) -> None:
    home = domain(stack, r_studio=RStudio(connect_url="https://connect.example.com"))
    admin = OwnSettings(r_studio="administrator")
    UserProfile(stack, "Alice", domain=home, name="alice", own=admin)
    settings = properties(stack, "Domain")
    assert settings["AppSecurityGroupManagement"] == "Service"
    server = settings["DomainSettings"]["RStudioServerProDomainSettings"]
    assert server["RStudioConnectUrl"] == "https://connect.example.com"
    assert "RStudioRole" in json.dumps(server["DomainExecutionRoleArn"])
    everybody = settings["DefaultUserSettings"]["RStudioServerProAppSettings"]
    assert everybody == {"AccessStatus": "DISABLED"}
    alice = properties(stack, "UserProfile")["UserSettings"]["RStudioServerProAppSettings"]
    assert alice == {"AccessStatus": "ENABLED", "UserGroup": "R_STUDIO_ADMIN"}


def test_without_r_studio_there_is_nothing_of_it(stack: Stack) -> None:
    domain(stack)
    text = json.dumps(Template.from_stack(stack).to_json())
    assert "RStudio" not in text
    assert "AppSecurityGroupManagement" not in text


def test_a_user_has_settings_of_their_own(stack: Stack) -> None:
    own = OwnSettings(
        jupyter_lab=AppDefaults(instance_type="ml.g5.xlarge"),
        portal=Portal(hidden_instance_types=["ml.t3.medium"]),
        space_storage=SpaceStorage(default_gib=100, max_gib=200),
        posix_user=PosixUser(uid=10001, gid=1001),
        file_systems=[EFS],
    )
    UserProfile(stack, "Alice", domain=domain(stack), name="alice", own=own)
    settings = properties(stack, "UserProfile")["UserSettings"]
    spec = settings["JupyterLabAppSettings"]["DefaultResourceSpec"]
    assert spec == {"InstanceType": "ml.g5.xlarge"}
    assert settings["StudioWebPortalSettings"]["HiddenInstanceTypes"] == ["ml.t3.medium"]
    assert settings["CustomPosixUserConfig"] == {"Uid": 10001, "Gid": 1001}
    storage = settings["SpaceStorageSettings"]["DefaultEbsStorageSettings"]
    assert storage["DefaultEbsVolumeSizeInGb"] == 100
    assert len(settings["CustomFileSystemConfigs"]) == 1


def test_a_space_goes_after_the_clean_up_and_before_its_owner(stack: Stack) -> None:
    home = domain(stack, removal_policy=RemovalPolicy.DESTROY)
    alice = UserProfile(stack, "Alice", domain=home, name="alice")
    Space(
        stack,
        "Space",
        owner=alice,
        name="churn",
        sharing="Private",
        app="JupyterLab",
        starts_with=AppDefaults(default_lifecycle_config=script(stack)),
        storage_gib=20,
        file_system=EFS,
    )
    template = Template.from_stack(stack)
    template.has_resource(
        "AWS::SageMaker::Space",
        {
            "DeletionPolicy": "Delete",
            "DependsOn": Match.array_with([stack.get_logical_id(alice.resource)]),
            "Properties": {
                "OwnershipSettings": {"OwnerUserProfileName": "alice"},
                "SpaceSharingSettings": {"SharingType": "Private"},
                "SpaceSettings": {
                    "AppType": "JupyterLab",
                    "RemoteAccess": "DISABLED",
                    "CustomFileSystems": [{"EFSFileSystem": {"FileSystemId": "fs-12345678"}}],
                    "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}},
                    "JupyterLabAppSettings": {
                        "DefaultResourceSpec": {"LifecycleConfigArn": Match.any_value()}
                    },
                },
            },
        },
    )
    [space] = template.find_resources("AWS::SageMaker::Space")
    # With the whole domain, and with its owner alone.
    for kind in ("Custom::StudioCleanUp", "Custom::StudioUserCleanUp"):
        [clean_up] = template.find_resources(kind).values()
        assert space in clean_up["DependsOn"]


def test_a_space_is_kept_with_its_domain(stack: Stack) -> None:
    alice = UserProfile(stack, "Alice", domain=domain(stack), name="alice")
    Space(stack, "Space", owner=alice, name="notes", sharing="Shared", app="JupyterLab")
    Template.from_stack(stack).has_resource(
        "AWS::SageMaker::Space", {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    )


def test_what_a_domain_cannot_change_is_in_a_group_that_keeps_its_name(new_stack: Any) -> None:
    """The description is what CloudFormation compares: another wording would be refused too."""
    groups = []
    for more in ({}, {"auth_mode": "SSO"}, {"name": "team-2"}, {"group_name": "Read this"}):
        stack = new_stack()
        domain(stack, **more)
        template = Template.from_stack(stack)
        [user_group] = [
            resource["Properties"]
            for resource in template.find_resources("AWS::EC2::SecurityGroup").values()
            if "GroupName" in resource["Properties"]
        ]
        groups.append((user_group["GroupName"], user_group["GroupDescription"]))
    key = {"Fn::GetAtt": ["DomainKey3995317E", "Arn"]}
    wording = "All users of a Studio domain with sign-in {}, key "
    iam = {"Fn::Join": ["", [wording.format("IAM"), key]]}
    assert groups == [
        ("team-studio-users", iam),
        ("team-studio-users", {"Fn::Join": ["", [wording.format("SSO"), key]]}),
        ("team-2-studio-users", iam),
        ("Read this", iam),
    ]
