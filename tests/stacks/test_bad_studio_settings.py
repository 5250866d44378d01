"""Every fault in the apps, users and spaces of Studio is one line that says what is right."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from stacks.sagemaker_api import instance_types
from stacks.studio.app_settings import types_of_domains, types_of_spaces
from tests.bad_settings import BASE, Bad, check, faults, line_of_mark, write

MISSING = "must be in studio."
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/studio/geo:1.0"
SCRIPTS = {
    "good.sh": b"#!/bin/bash\necho good\n",
    "windows.sh": b"#!/bin/bash\r\necho good\r\n",
    "latin.sh": b"#!/bin/bash\necho caf\xe9\n",
    "long.sh": b"#!/bin/bash\n" + b"# filling\n" * 1300,
    "plain.sh": b"echo good\n",
}


def studio(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Give Studio these lines, which are written from the margin."""
    text = "".join(f"  {line}\n" for line in lines.strip("\n").splitlines())
    return Bad(id, f"{BASE}studio:\n{text}", f"studio.{path}", got, right)


def script(id: str, file: str, *, right: str) -> Bad:
    return studio(
        id,
        f"""
lifecycle_configs:
  set-up:
    app_type: JupyterLab
    file: {file} # HERE
jupyter_lab: {{lifecycle_configs: [set-up]}}
""",
        path="lifecycle_configs.set-up.file",
        got=f'"{file}"',
        right=right,
    )


def space(id: str, line: str, *, path: str, got: str | None, right: str, more: str = "") -> Bad:
    """Give a space of alice one more line."""
    return studio(
        id,
        f"""
users: [{{name: alice}}]
{more}
spaces:
  - owner: alice
    name: churn
    {line} # HERE
""".replace("\n\n", "\n"),
        path=f"spaces[0].{path}",
        got=got,
        right=right,
    )


INSTANCE_TYPES = [
    studio(
        "no such allowed type",
        "allowed_instance_types: [ml.t3.medium, ml.t3.mediun] # HERE",
        path="allowed_instance_types[1]",
        got='"ml.t3.mediun"',
        right="must be an instance type for Studio apps; did you mean ml.t3.medium",
    ),
    studio(
        "nothing allowed",
        "allowed_instance_types: [] # HERE",
        path="allowed_instance_types",
        got="[]",
        right="must have at least 1 entries",
    ),
    studio(
        "allowed twice",
        "allowed_instance_types: [ml.t3.medium, ml.t3.medium] # HERE",
        path="allowed_instance_types",
        got='["ml.t3.medium", "ml.t3.medium"]',
        right="names one twice",
    ),
    studio(
        "default that is not allowed",
        "allowed_instance_types: [ml.m7i.large]\ninstance_type: ml.t3.medium # HERE",
        path="instance_type",
        got='"ml.t3.medium"',
        right="must be one of allowed_instance_types (ml.m7i.large)",
    ),
    studio(
        "default of an app that is not allowed",
        "allowed_instance_types: [ml.t3.medium]\n"
        "code_editor:\n  instance_type: ml.m7i.large # HERE",
        path="code_editor.instance_type",
        got='"ml.m7i.large"',
        right="must be one of allowed_instance_types (ml.t3.medium)",
    ),
    studio(
        "default that CloudFormation does not know",
        "instance_type: ml.g7.2xlarge # HERE",
        path="instance_type",
        got='"ml.g7.2xlarge"',
        right="must be an instance type that CloudFormation supports for domains",
    ),
    studio(
        "user's default that is not allowed",
        "allowed_instance_types: [ml.t3.medium]\n"
        "users:\n  - name: alice\n    instance_type: ml.g5.xlarge # HERE",
        path="users[0].instance_type",
        got='"ml.g5.xlarge"',
        right="must be one of allowed_instance_types (ml.t3.medium)",
    ),
    studio(
        "user's list without what their apps run on",
        "users:\n  - name: alice\n    allowed_instance_types: [ml.g5.xlarge] # HERE",
        path="users[0].allowed_instance_types",
        got='["ml.g5.xlarge"]',
        right=(
            "must include ml.t3.medium, the default of this user's apps, unless the user has "
            "an instance_type"
        ),
    ),
    studio(
        "too many users with a list",
        "users: # HERE\n"
        + "\n".join(
            f"  - {{name: u{n}, allowed_instance_types: [ml.t3.medium]}}" for n in range(41)
        ),
        path="users",
        got="41",
        right=(
            "must have at most 40 users with allowed_instance_types, not 41, because all are "
            "in one IAM policy"
        ),
    ),
    studio(
        "lists that no policy holds",
        "users: # HERE\n"
        + "\n".join(
            f"  - {{name: u{n}, allowed_instance_types: [ml.t3.medium, ml.m5.{n}xlarge]}}"
            for n in (2, 4, 8, 12, 16, 24)
        )
        + "\n  - {name: u1, allowed_instance_types: [ml.t3.medium, ml.m5.xlarge]}",
        path="users",
        got="7",
        right=(
            "need about 3099 characters of an IAM policy for allowed_instance_types, which can "
            "have 3000"
        ),
    ),
]

APPS = [
    studio(
        "script that is not there",
        "jupyter_lab:\n  lifecycle_configs: [set-up] # HERE",
        path="jupyter_lab.lifecycle_configs[0]",
        got='"set-up"',
        right=f"{MISSING}lifecycle_configs",
    ),
    studio(
        "script of another app",
        "lifecycle_configs:\n  set-up: {app_type: JupyterLab, file: good.sh}\n"
        "code_editor:\n  lifecycle_configs: [set-up] # HERE",
        path="code_editor.lifecycle_configs[0]",
        got='"set-up"',
        right="is for JupyterLab, not for CodeEditor",
    ),
    studio(
        "default script that is not offered",
        "jupyter_lab:\n  default_lifecycle_config: set-up # HERE",
        path="jupyter_lab.default_lifecycle_config",
        got='"set-up"',
        right="must be one of lifecycle_configs next to it",
    ),
    studio(
        "unused script",
        "lifecycle_configs:\n  set-up: {app_type: JupyterLab, file: good.sh} # HERE",
        path="lifecycle_configs.set-up",
        got='"set-up"',
        right="must be used by an app or a space",
    ),
    studio(
        "name of a script that is too long",
        f"lifecycle_configs:\n  {'a' * 31}: {{app_type: JupyterLab, file: good.sh}} # HERE",
        path=f"lifecycle_configs.{'a' * 31}",
        got=f'"{"a" * 31}"',
        right="must be at most 30 characters long",
    ),
    studio(
        "script of Studio Classic",
        "lifecycle_configs:\n  set-up:\n    app_type: JupyterServer # HERE\n    file: good.sh",
        path="lifecycle_configs.set-up.app_type",
        got='"JupyterServer"',
        right="must be one of JupyterLab, CodeEditor",
    ),
    script("script without a file", "none.sh", right="cannot be read (No such file or directory)"),
    script("script that is a folder", "folder", right="cannot be read (Is a directory)"),
    script(
        "script outside of the checkout",
        "../good.sh",
        right="must be a path inside this repository",
    ),
    script("script with a root", "/etc/profile", right="must be a path inside this repository"),
    script(
        "script with CR",
        "windows.sh",
        right="must have LF line endings, because bash fails at CR LF",
    ),
    script("script in Latin 1", "latin.sh", right="must be a script in UTF-8"),
    script(
        "script too long",
        "long.sh",
        right="must be at most 16384 characters long in base64; it has 17352",
    ),
    script("script without an interpreter", "plain.sh", right="must begin with #!"),
    studio(
        "built-in script by its name",
        "jupyter_lab:\n  built_in_lifecycle_config_arn: set-up # HERE",
        path="jupyter_lab.built_in_lifecycle_config_arn",
        got='"set-up"',
        right="must be the ARN of a Studio lifecycle configuration",
    ),
    studio(
        "built-in script of another region",
        "code_editor:\n  built_in_lifecycle_config_arn: "
        f"{ARN.replace('-1', '-2')}studio-lifecycle-config/base # HERE",
        path="code_editor.built_in_lifecycle_config_arn",
        got=f'"{ARN.replace("-1", "-2")}studio-lifecycle-config/base"',
        right="must be in eu-west-1",
    ),
    studio(
        "no training plan",
        "jupyter_lab:\n  training_plan_arn: research # HERE",
        path="jupyter_lab.training_plan_arn",
        got='"research"',
        right="must be the ARN of a training plan",
    ),
    studio(
        "training plan of another region",
        f"shared_spaces:\n  jupyter_lab:\n    training_plan_arn: "
        f"{ARN.replace('-1', '-2')}training-plan/research # HERE",
        path="shared_spaces.jupyter_lab.training_plan_arn",
        got=f'"{ARN.replace("-1", "-2")}training-plan/research"',
        right="must be in eu-west-1",
    ),
    studio(
        "image that is not there",
        "code_editor:\n  images: [geo] # HERE",
        path="code_editor.images[0]",
        got='"geo"',
        right=f"{MISSING}images",
    ),
    studio(
        "image twice",
        f"images:\n  geo: {{base_image: '{IMAGE}'}}\ncode_editor:\n  images: [geo, geo] # HERE",
        path="code_editor.images",
        got='["geo", "geo"]',
        right="names one twice",
    ),
    studio(
        "image of another registry",
        "images:\n  geo:\n    base_image: docker.io/library/python:3.13 # HERE",
        path="images.geo.base_image",
        got='"docker.io/library/python:3.13"',
        right="must be an image in ECR",
    ),
    studio(
        "image of another region",
        f"images:\n  geo:\n    base_image: {IMAGE.replace('west-1', 'west-2')} # HERE\n"
        "jupyter_lab: {images: [geo]}",
        path="images.geo.base_image",
        got=f'"{IMAGE.replace("west-1", "west-2")}"',
        right="must be in eu-west-1: SageMaker pulls images from the region of the domain",
    ),
    studio(
        "repository without HTTPS",
        "jupyter_lab:\n  code_repositories: ['git@github.com:team/project.git'] # HERE",
        path="jupyter_lab.code_repositories[0]",
        got='"git@github.com:team/project.git"',
        right="must be an HTTPS URL",
    ),
    studio(
        "repository with a password",
        "jupyter_lab:\n  code_repositories: ['https://me:secret@github.com/team/a.git'] # HERE",
        path="jupyter_lab.code_repositories[0]",
        got='"https://me:secret@github.com/team/a.git"',
        right="without a user or a query",
    ),
    studio(
        "repositories of Code Editor",
        "code_editor:\n  code_repositories: ['https://github.com/team/project.git'] # HERE",
        path="code_editor.code_repositories",
        got=None,
        right="no such key",
    ),
    studio(
        "too many repositories",
        "jupyter_lab:\n  code_repositories: # HERE\n"
        + "\n".join(f"    - https://github.com/team/p{n}.git" for n in range(31)),
        path="jupyter_lab.code_repositories",
        got='["https://github.com/team/p0.git"',
        right="must have at most 30 entries",
    ),
    studio(
        "no such tool",
        "portal:\n  hidden_ml_tools: [Jumpstart] # HERE",
        path="portal.hidden_ml_tools[0]",
        got='"Jumpstart"',
        right="JumpStart",
    ),
    studio(
        "image version that YAML reads as a number",
        "portal:\n  hidden_image_versions: [1.9] # HERE",
        path="portal.hidden_image_versions[0]",
        got="1.9",
        right="must be a string. Put it in quotes",
    ),
    studio(
        "trusted account without quotes",
        "docker:\n  trusted_accounts: [123456789012] # HERE",
        path="docker.trusted_accounts[0]",
        got="123456789012",
        right="put the account id in quotes",
    ),
    studio(
        "RStudio Connect without HTTPS",
        "r_studio:\n  connect_url: http://connect.example.com # HERE",
        path="r_studio.connect_url",
        got='"http://connect.example.com"',
        right="must be a URL that begins with https://",
    ),
    studio(
        "user of no RStudio",
        "users:\n  - name: alice\n    r_studio: administrator # HERE",
        path="users[0].r_studio",
        got='"administrator"',
        right="requires RStudio in the domain",
    ),
    studio(
        "domain zero",
        "domain_number: 0 # HERE",
        path="domain_number",
        got="0",
        right="must be at least 1",
    ),
]

FILES = [
    studio(
        "file system of two kinds",
        "file_systems:\n  - efs: fs-0a1b2c3d4e5f67890 # HERE\n    s3: s3://bucket-one/",
        path="file_systems[0]",
        got='{"efs": "fs-0a1b2c3d4e5f67890", "s3": "s3://bucket-one/"}',
        right="must have exactly one of efs, fsx_lustre, s3 and hyperpod",
    ),
    studio(
        "file system without an id",
        "file_systems:\n  - efs: datasets # HERE",
        path="file_systems[0].efs",
        got='"datasets"',
        right="must be the id of a file system",
    ),
    studio(
        "path that is not absolute",
        "file_systems:\n  - efs: fs-0a1b2c3d4e5f67890\n    path: datasets # HERE",
        path="file_systems[0].path",
        got='"datasets"',
        right="must match ^/",
    ),
    studio(
        "file system twice",
        "file_systems:\n  - efs: fs-0a1b2c3d4e5f67890\n  - efs: fs-0a1b2c3d4e5f67890 # HERE",
        path="file_systems[1]",
        got='"fs-0a1b2c3d4e5f67890"',
        right="is there twice",
    ),
    studio(
        "three file systems for everybody",
        "file_systems: # HERE\n" + "\n".join(f"  - efs: fs-0a1b2c3d4e5f6789{n}" for n in range(3)),
        path="file_systems",
        got="[",
        right="must have at most 2 entries",
    ),
    studio(
        "user id of the system",
        "users:\n  - name: alice\n    posix_user: {uid: 1000, gid: 1001} # HERE",
        path="users[0].posix_user.uid",
        got="1000",
        right="must be at least 10000",
    ),
    studio(
        "user's default volume above their maximum",
        "users:\n  - name: alice\n    space_storage:\n      default_gib: 200 # HERE",
        path="users[0].space_storage.default_gib",
        got="200",
        right="must be at most max_gib (100)",
    ),
]

SPACES = [
    studio(
        "space without an owner",
        "users: [{name: alice}]\nspaces:\n  - name: churn\n    owner: alcie # HERE",
        path="spaces[0].owner",
        got='"alcie"',
        right="must be the name of a user; did you mean alice?",
    ),
    studio(
        "space twice",
        "users: [{name: alice}]\nspaces:\n  - {name: churn, owner: alice}\n"
        "  - name: Churn # HERE\n    owner: alice",
        path="spaces[1].name",
        got='"Churn"',
        right="must be unique: spaces[0] has the same name",
    ),
    studio(
        "space with a name that SageMaker refuses",
        "users: [{name: alice}]\nspaces:\n  - name: churn_model # HERE\n    owner: alice",
        path="spaces[0].name",
        got='"churn_model"',
        right="must match",
    ),
    space(
        "space of a kind that there is not",
        "sharing: Public",
        path="sharing",
        got='"Public"',
        right="must be one of Private, Shared",
    ),
    space(
        "space above the maximum of its owner",
        "storage_gib: 200",
        path="storage_gib",
        got="200",
        right="must be at most 100, the max_gib of the owner",
    ),
    space(
        "space above the maximum of shared spaces",
        "{sharing: Shared, storage_gib: 60}"[1:-1].replace(", ", "\n    "),
        path="storage_gib",
        got="60",
        right="must be at most 50, the max_gib of shared spaces",
        more="shared_spaces: {space_storage: {default_gib: 20, max_gib: 50}}",
    ),
    space(
        "space on what its owner may not use",
        "instance_type: ml.g5.xlarge",
        path="instance_type",
        got='"ml.g5.xlarge"',
        right="must be one of the allowed_instance_types of alice",
        more="allowed_instance_types: [ml.t3.medium]",
    ),
    space(
        "space on what CloudFormation does not know",
        "instance_type: ml.m7i.large",
        path="instance_type",
        got='"ml.m7i.large"',
        right="must be an instance type that CloudFormation supports for spaces",
    ),
    space(
        "space with a script of another app",
        "{app: CodeEditor, lifecycle_config: set-up}"[1:-1].replace(", ", "\n    "),
        path="lifecycle_config",
        got='"set-up"',
        right="is for JupyterLab, not for CodeEditor",
        more="lifecycle_configs: {set-up: {app_type: JupyterLab, file: good.sh}}",
    ),
    space(
        "space with an image that is not there",
        "image: geo",
        path="image",
        got='"geo"',
        right=f"{MISSING}images",
    ),
    space(
        "space with repositories for Code Editor",
        "{app: CodeEditor, code_repositories: ['https://github.com/a/b.git']}"[1:-1].replace(
            ", ", "\n    "
        ),
        path="code_repositories",
        got='["https://github.com/a/b.git"]',
        right="applies only to app JupyterLab. Remove the line",
    ),
    space(
        "space with a path",
        "file_system: {efs: fs-0a1b2c3d4e5f67890, path: /data}",
        path="file_system.path",
        got='"/data"',
        right="must be omitted for spaces, which mount the root",
    ),
]

CASES = [*INSTANCE_TYPES, *APPS, *FILES, *SPACES]


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be at the top of a checkout that has some scripts."""
    for name, content in SCRIPTS.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_enough_cases() -> None:
    assert len(CASES) == len({bad.id for bad in CASES}) >= 25


def test_two_environments_with_one_image(tmp_path: Path) -> None:
    def with_image(name: str) -> str:
        return (
            f"studio:\n  images:\n    {name}: # HERE\n      base_image: {IMAGE}\n"
            f"  jupyter_lab: {{images: [{name}]}}\n"
        )

    text = BASE.replace("10.0.", "10.1.").replace("base", "base-geo") + with_image("data")
    files = [write(tmp_path, BASE + with_image("geo-data")), write(tmp_path, text, "base-geo")]

    # The one that is read later is at fault.
    [message] = faults(*files)

    assert message.startswith(f"{files[1]}:{line_of_mark(text)}: studio.images.data: ")
    assert "creates the Studio image base-geo-data in" in message


SCHEMAS = {"AWS::SageMaker::Domain": types_of_domains, "AWS::SageMaker::Space": types_of_spaces}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_instance_types_match_cloudformation(kind: str) -> None:
    document = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", kind).schema
    lists = [found for found in enums(document) if "ml.t3.medium" in found]
    known = set(instance_types("AppInstanceType"))

    assert lists
    assert all(set(found) & known == set(SCHEMAS[kind]()) for found in lists)


def enums(node: Any) -> Iterator[list[str]]:
    """The enumerations in a schema."""
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list):
            yield node["enum"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from enums(part)
