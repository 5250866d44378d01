"""Settings that are right: what they default to, and what editors know of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stacks.inference.real_time_settings import RealTimeSettings
from stacks.loading import load_environments
from stacks.settings import EnvironmentSettings
from tests.support import EXAMPLES, FIXTURES, ROOT, TYPICAL, block_of

# In a process of its own, as `make schema` runs it.
SCHEMA = subprocess.run(
    [sys.executable, "-m", "stacks.schema"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout

LEAST = """\
name: base
account: "012345678901"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b]
"""

ENDPOINT = """\
inference:
  endpoints:
    - name: churn
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn
      instance_type: ml.c7i.large
"""


def load(folder: Path, **texts: str) -> list[EnvironmentSettings]:
    files = []
    for name, text in texts.items():
        file = folder / f"{name}.yaml"
        file.write_text(text, "utf-8")
        files.append(str(file))
    return load_environments(files=files)


def test_defaults_keep_data_and_cost_nothing(tmp_path: Path) -> None:
    [base] = load(tmp_path, base=LEAST)

    assert base.removal_policy == "retain"
    assert base.log_retention_days == 90
    assert (base.tags, base.alarm_emails, base.permissions_boundary) == ({}, [], None)
    assert (base.network.nat_gateways, base.network.interface_endpoints) == ("none", ["derived"])
    assert base.network.existing is None
    assert base.foundation.access_log_days == 365
    assert base.foundation.artifact_version_days == 30
    assert (block_of(base, "lakehouse"), block_of(base, "studio"), block_of(base, "inference")) == (
        None,
        None,
        None,
    )


def test_what_only_yaml_1_2_has_is_read(tmp_path: Path) -> None:
    # The parser in C does not know a plain URL between brackets.
    text = f"{LEAST}studio: {{r_studio: {{connect_url: https://x.example}}}}"
    [base] = load(tmp_path, base=f"%YAML 1.2\n---\n{text}")

    assert block_of(base, "studio") is not None


def test_empty_blocks_switch_on_the_defaults(tmp_path: Path) -> None:
    [base] = load(tmp_path, base=f"{LEAST}lakehouse: {{}}\nstudio: {{}}\n{ENDPOINT}")

    lakehouse, studio = block_of(base, "lakehouse"), block_of(base, "studio")
    assert [(layer.name, layer.access) for layer in lakehouse.layers] == [
        ("raw", "read"),
        ("curated", "read"),
        ("analytics", "read-write"),
    ]
    assert lakehouse.query.scan_limit_gib == 100
    assert lakehouse.removal_policy == "retain"
    assert (studio.auth_mode, studio.instance_type) == (
        "IAM",
        "ml.t3.medium",
    )
    assert studio.idle_shutdown.default_minutes == 60
    assert (
        studio.space_storage.default_gib,
        studio.space_storage.max_gib,
    ) == (20, 100)
    assert studio.users == []
    [endpoint] = block_of(base, "inference").endpoints
    assert isinstance(endpoint, RealTimeSettings)
    assert (endpoint.instance_count, endpoint.autoscaling, endpoint.data_capture) == (1, None, None)
    assert endpoint.deployment.strategy == "all-at-once"
    assert (endpoint.alarms.server_errors_per_minute, endpoint.alarms.latency_ms) == (5, 30_000)


def test_account_keeps_its_zero(tmp_path: Path) -> None:
    [base] = load(tmp_path, base=LEAST)

    assert base.account == "012345678901"


def test_yaml_may_share_values(tmp_path: Path) -> None:
    text = LEAST.replace("owner: ml-platform", "owner: &team ml-platform")

    [base] = load(tmp_path, base=f"{text}tags: {{support: *team}}\n")

    assert base.tags == {"support": "ml-platform"}


def test_profiles_are_derived_from_names_of_single_sign_on(tmp_path: Path) -> None:
    [base] = load(
        tmp_path,
        base=f"{LEAST}studio:\n"
        "  auth_mode: SSO\n"
        "  identity_center_instance_arn: arn:aws:sso:::instance/ssoins-0123456789abcdef\n"
        "  users: [{name: a.smith@example.com}, {name: _bob+}]\n",
    )

    users = block_of(base, "studio").users
    assert [user.profile for user in users] == [
        "a-smith-example-com",
        "bob",
    ]


def test_two_environments_of_one_account_and_region(tmp_path: Path) -> None:
    both = f"{LEAST}lakehouse: {{}}\n{ENDPOINT}"

    found = load(tmp_path, base=both, blue=both.replace("base", "blue").replace("10.0.", "10.1."))

    assert [e.name for e in found] == ["base", "blue"]
    assert len({(e.account, e.region) for e in found}) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"012345678901"', '"112345678901"', id="other account"),
        pytest.param("eu-west-1", "eu-west-2", id="other region"),
        pytest.param(
            "  cidr",
            "  existing:\n"
            "    vpc_id: vpc-0a1b2c3d\n"
            "    private_subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e]\n"
            "  cidr",
            id="a VPC that both share",
        ),
    ],
)
def test_same_range_where_it_cannot_clash(old: str, new: str, tmp_path: Path) -> None:
    found = load(tmp_path, base=LEAST, blue=LEAST.replace("base", "blue").replace(old, new))

    assert len({e.network.cidr for e in found}) == 1


def test_file_twice_is_read_once(tmp_path: Path) -> None:
    load(tmp_path, base=LEAST)
    file = str(tmp_path / "base.yaml")

    assert len(load_environments(files=[file, file])) == 1


def test_all_files_of_the_folder_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES.parent)

    found = load_environments()

    assert [e.name for e in found] == [file.stem for file in TYPICAL] == ["dev", "prod", "staging"]
    assert all(e.is_placeholder for e in found)


def test_names_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES.parent)

    assert [e.name for e in load_environments(names=["prod", "dev", "prod"])] == ["dev", "prod"]


def test_schema_is_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"

    subprocess.run([sys.executable, "-m", "stacks.schema", str(file)], cwd=ROOT, check=True)

    assert file.read_text("utf-8") == SCHEMA
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("file", [*TYPICAL, *EXAMPLES], ids=lambda file: file.stem)
def test_files_name_their_schema(file: Path) -> None:
    folder = ROOT / "environments"
    where = os.path.relpath(folder / "schema.json", file.parent)

    first = file.read_text("utf-8").splitlines()[0]

    assert first == f"# yaml-language-server: $schema={where}"


@pytest.mark.parametrize("file", [*TYPICAL, *EXAMPLES], ids=lambda file: file.stem)
def test_schema_accepts(file: Path) -> None:
    assert list(complaints(YAML(typ="safe", pure=True).load(file))) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("owner", "ownr", "/: ownr"),
        ("cidr", "CIDR", "/network: CIDR"),
        ("owner: ml-platform\n", "", "/: owner is missing"),
        ("development", "dev", "/stage: dev"),
        ("region: eu-west-1", "region: eu-west-9", "/region: eu-west-9"),
        ("image", "instance_count: two\n      image", "/0/instance_count: two"),
        ("ml.c7i.large", "c7i.large", "/inference/endpoints/0/instance_type: c7i.large"),
        ("image", "type: realtime\n      image", "/inference/endpoints/0/type: realtime"),
        ("image", "type: serverless\n      image", "/inference/endpoints/0: memory_mb is missing"),
    ],
    ids=[
        "key",
        "key in a block",
        "missing key",
        "choice",
        "region",
        "type",
        "instance type",
        "kind",
        "key of a kind",
    ],
)
def test_schema_refuses(old: str, new: str, complaint: str) -> None:
    """So that the check above can fail at all."""
    found = list(complaints(YAML(typ="safe", pure=True).load((LEAST + ENDPOINT).replace(old, new))))

    assert any(text.endswith(complaint) for text in found), found


DOCUMENT: dict[str, Any] = json.loads(SCHEMA)
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool,
    "null": type(None), "number": (int, float),
}  # fmt: skip


def complaints(value: Any, rules: Any = None, path: str = "") -> Iterator[str]:
    """Check a value against the part of JSON Schema that an editor shows at once."""
    rules = DOCUMENT if rules is None else rules
    if rules is True:
        return
    if "$ref" in rules:
        rules = DOCUMENT["$defs"][rules["$ref"].removeprefix("#/$defs/")] | rules
    if "oneOf" in rules and all("$ref" in one for one in rules["oneOf"]):
        # Told apart by their type, of which the first is the default.
        kinds = [DOCUMENT["$defs"][o["$ref"].removeprefix("#/$defs/")] for o in rules["oneOf"]]
        key = next(k for k in ("type", "orchestrator") if k in kinds[0]["properties"])
        given = value.get(key, kinds[0]["properties"][key].get("default"))
        chosen = [k for k in kinds if k["properties"][key]["const"] == given]
        yield from complaints(value, chosen[0], path) if chosen else [f"{path}/{key}: {given}"]
        return
    if options := rules.get("anyOf", rules.get("oneOf")):
        if all(list(complaints(value, option, path)) for option in options):
            yield from complaints(value, options[0], path)
        return
    names = rules.get("type", "")
    of_type = any(
        isinstance(value, TYPES.get(name, object))
        for name in (names if isinstance(names, list) else [names])
    )
    if not of_type or value not in rules.get("enum", [value]):
        yield f"{path}: {value}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from complaints(item, rules["items"], f"{path}/{index}")
    elif isinstance(value, dict):
        for key in rules.get("required", ()):
            if key not in value:
                yield f"{path or '/'}: {key} is missing"
        for key, item in value.items():
            known = rules.get("properties", {}).get(key) or rules.get("additionalProperties")
            if not known:
                yield f"{path or '/'}: {key}"
            else:
                yield from complaints(item, known, f"{path}/{key}")
