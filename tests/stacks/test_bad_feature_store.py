"""Settings of the feature store with one fault each."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, write

LAKEHOUSE = """\
lakehouse:
  layers:
    - name: raw
      lifecycle: {expiration_days: 90}
    - name: curated
      tables:
        - name: orders
          columns: [{name: id, type: long}]
personas:
  data_scientist: {}
  data_engineer: {}
  model_approver: {}
"""
FEATURES = "features: [{name: id, type: string}, {name: at, type: string}]"
KEYS = f"{FEATURES}\nrecord_identifier: id\nevent_time: at\n"


def group(
    id: str, lines: str, *, path: str, got: str | None, right: str, before: str = LAKEHOUSE
) -> Bad:
    """Add a feature store with one group."""
    first, *others = dedent(lines).strip().splitlines()
    text = "\n".join([f"- {first}", *(f"  {line}" for line in others)])
    block = f"feature_store:\n  groups:\n{indent(text, '    ')}\n"
    return Bad(id, BASE + before + block, f"feature_store.groups[0]{path}", got, right)


def with_keys(id: str, lines: str, *, path: str, got: str | None, right: str, **more: str) -> Bad:
    """Add a group with two features."""
    return group(
        id, f"name: a\n{KEYS}{dedent(lines).strip()}", path=path, got=got, right=right, **more
    )


def named(id: str, name: str, *, got: str, right: str, key: str = "features[2].name") -> Bad:
    """Add a group with a third feature and a table."""
    lines = f"""
    name: a
    features:
      - {{name: id, type: string}}
      - {{name: at, type: string}}
      - {{name: {name}, type: integral}} # HERE
    record_identifier: id
    event_time: at
    offline: {{layer: curated}}
    """
    return group(id, lines, path=f".{key}", got=got, right=right)


CASES = [
    group(
        "no store",
        f"name: a # HERE\n{KEYS}",
        path=".name",
        got='"a"',
        right="must have an online or an offline store",
    ),
    group(
        "name of people's groups",
        f"name: user-a # HERE\n{KEYS}online: {{}}",
        path=".name",
        got='"user-a"',
        right="must not begin with user-",
    ),
    group(
        "name with an underscore",
        f"name: my_group # HERE\n{KEYS}online: {{}}",
        path=".name",
        got='"my_group"',
        right="lower-case letters, digits and single hyphens",
    ),
    group(
        "name too long",
        f"name: {'a' * 44} # HERE\n{KEYS}online: {{}}",
        path=".name",
        got='"aaaa',
        right="at most 43 characters",
    ),
    named("reserved", "write_time", got='"write_time"', right="must not be write_time"),
    named("reserved, in capitals", "Is_Deleted", got='"Is_Deleted"', right="not be is_deleted"),
    named("twice", "id", got='"id"', right="must be unique"),
    named("twice but for capitals", "ID", got='"ID"', right="must differ from id in more than"),
    named("two words", '"a b"', got='"a b"', right="letters, digits, hyphens and underscores"),
    named("ends with a hyphen", "a-", got='"a-"', right="first and last a letter or digit"),
    named("65 characters", "a" * 65, got='"aaaa', right="1 to 64 letters"),
    group(
        "unknown type",
        """
        name: a
        features:
          - {name: id, type: string}
          - {name: at, type: timestamp} # HERE
        record_identifier: id
        event_time: at
        online: {}
        """,
        path=".features[1].type",
        got='"timestamp"',
        right="string, integral",
    ),
    group(
        "collection, which CloudFormation does not have",
        """
        name: a
        features:
          - {name: id, type: string}
          - {name: at, type: string, collection: list} # HERE
        record_identifier: id
        event_time: at
        online: {storage: in_memory}
        """,
        path=".features[1].collection",
        got=None,
        right="no such key",
    ),
    group(
        "identifier that is no feature",
        f"name: a\n{FEATURES}\nrecord_identifier: idd # HERE\nevent_time: at\nonline: {{}}",
        path=".record_identifier",
        got='"idd"',
        right="must be one of the features; did you mean id?",
    ),
    group(
        "event time that is no feature",
        f"name: a\n{FEATURES}\nrecord_identifier: id\nevent_time: att # HERE\nonline: {{}}",
        path=".event_time",
        got='"att"',
        right="must be one of the features; did you mean at?",
    ),
    group(
        "event time that is the identifier",
        f"name: a\n{FEATURES}\nrecord_identifier: id\nevent_time: id # HERE\nonline: {{}}",
        path=".event_time",
        got='"id"',
        right="must differ from record_identifier",
    ),
    group(
        "event time in whole numbers",
        """
        name: a
        features: [{name: id, type: string}, {name: at, type: integral}]
        record_identifier: id
        event_time: at # HERE
        online: {}
        """,
        path=".event_time",
        got='"at"',
        right="must be a feature of type string or fractional",
    ),
    with_keys(
        "table of features in memory",
        "online: {storage: in_memory} # HERE\noffline: {layer: curated}",
        path=".online.storage",
        got='"in_memory"',
        right="must be standard with an offline store",
    ),
    with_keys(
        "time to live without an online store",
        "offline: {layer: curated, ttl: {value: 1, unit: days}} # HERE",
        path=".offline.ttl",
        got=None,
        right="no such key",
    ),
    with_keys(
        "no time to live",
        "online: {ttl: {value: 0, unit: days}} # HERE",
        path=".online.ttl.value",
        got="0",
        right="at least 1",
    ),
    with_keys(
        "reserved capacity in memory",
        "online: {storage: in_memory}\nthroughput: {write_units: 1} # HERE",
        path=".throughput",
        got="{",
        right="must be omitted with storage in_memory, which is billed only by request",
    ),
    with_keys(
        "reads of a table",
        "offline: {layer: curated}\nthroughput: {read_units: 1, write_units: 1} # HERE",
        path=".throughput.read_units",
        got="1",
        right="must be 0 without an online store",
    ),
    with_keys(
        "too much capacity",
        "online: {}\nthroughput: {write_units: 40001} # HERE",
        path=".throughput.write_units",
        got="40001",
        right="at most 40000",
    ),
    with_keys(
        "table without a lakehouse",
        "offline: {layer: curated} # HERE",
        path=".offline",
        got="{",
        right="requires a `lakehouse` block",
        before="",
    ),
    with_keys(
        "unknown layer",
        "offline: {layer: curatd} # HERE",
        path=".offline.layer",
        got='"curatd"',
        right="must be a layer of the lakehouse; did you mean curated?; there are: raw, curated",
    ),
    with_keys(
        "layer whose files expire",
        "offline: {layer: raw} # HERE",
        path=".offline.layer",
        got='"raw"',
        right="raw has lifecycle.expiration_days: 90",
    ),
    group(
        "table that the layer declares",
        f"name: orders # HERE\n{KEYS}offline: {{layer: curated}}",
        path=".name",
        got='"orders"',
        right="must not be the name of a table that curated declares",
    ),
    with_keys(
        "reader without the activity",
        "online: {}\nread_by: [model_approver] # HERE",
        path=".read_by[0]",
        got='"model_approver"',
        right="with the activity read_features: data_scientist, data_engineer",
    ),
    with_keys(
        "writer without the activity",
        "online: {}\nwritten_by: [data_scientist] # HERE",
        path=".written_by[0]",
        got='"data_scientist"',
        right="with the activity write_features: data_engineer",
    ),
    with_keys(
        "reader twice",
        "online: {}\nread_by: [data_engineer, data_engineer] # HERE",
        path=".read_by[1]",
        got='"data_engineer"',
        right="must be unique",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_fault_is_reported(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def store(id: str, lines: str, *, path: str, got: str | None, right: str, top: str = BASE) -> Bad:
    return Bad(
        id,
        f"{top}feature_store:\n{indent(dedent(lines).strip(), '  ')}\n",
        f"feature_store{path}",
        got,
        right,
    )


A_GROUP = f"{FEATURES}, record_identifier: id, event_time: at, online: {{}}"
STORES = [
    store("no group", "groups: [] # HERE", path=".groups", got="[]", right="at least 1"),
    store(
        "groups that differ in a hyphen",
        f"groups:\n  - {{name: ab, {A_GROUP}}}\n  - {{name: a-b, {A_GROUP}}} # HERE",
        path=".groups[1].name",
        got='"a-b"',
        right="in more than hyphens",
    ),
    store(
        "more capacity than an account has",
        "groups:\n"
        + "".join(
            f"  - {{name: {name}, {A_GROUP}, throughput: {{write_units: 40000}}}}{mark}\n"
            for name, mark in (("a", ""), ("b", ""), ("c", " # HERE"))
        ),
        path=".groups[2].throughput.write_units",
        got="40000",
        right="at most 80,000",
    ),
    store(
        "deletes data with one key",
        f"groups: [{{name: a, {A_GROUP}}}]\nremoval_policy: destroy # HERE",
        path=".removal_policy",
        got='"destroy"',
        right="must be retain while the environment's removal_policy is retain",
    ),
]


@pytest.mark.parametrize("bad", STORES, ids=lambda bad: bad.id)
def test_fault_of_the_store_is_reported(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_region_without_feature_groups_is_refused(tmp_path: Path) -> None:
    top = BASE.replace("eu-west-1", "ca-west-1")
    bad = store(
        "region",
        f"groups: [{{name: a, {A_GROUP}}}]",
        path="",
        got=None,
        right=(
            "requires feature groups, which CloudFormation does not support in ca-west-1 "
            "according to this project's lists: remove it, or use another region"
        ),
        top=top,
    )
    text = bad.text.replace("feature_store:", "feature_store: # HERE")
    check(Bad(bad.id, text, bad.path, bad.got, bad.right), tmp_path)


def test_names_and_limits_that_aws_accepts(tmp_path: Path) -> None:
    features = "".join(f"        - {{name: f{n}, type: fractional}}\n" for n in range(2498))
    text = f"""{BASE}lakehouse: {{}}
feature_store:
  groups:
    - name: {"a" * 43}
      features:
        - {{name: Customer-Id_1, type: integral}}
        - {{name: at, type: fractional}}
{features}      record_identifier: Customer-Id_1
      event_time: at
      online: {{ttl: {{value: 1, unit: seconds}}}}
      throughput: {{read_units: 40000, write_units: 0}}
    - {{name: upper, features: [{{name: a, type: string}}, {{name: A, type: string}}],
       record_identifier: a, event_time: A, online: {{}}}}
"""
    [environment] = load_environments(files=[write(tmp_path, text)])
    assert environment.name == "base"
