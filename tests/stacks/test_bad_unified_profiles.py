"""Settings of blueprints, project profiles and grants with one fault each."""

from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, check, faults, write
from tests.stacks.test_bad_unified_studio import host

PROFILE = "profiles:\n  own:\n    name: Own\n"
_AT = ".profiles.own"
# What is wrong, the lines of the profile, the place, the value, and what would be right.
PROFILES: list[tuple[str, str, str, str | None, str]] = [
    (
        "no tooling",
        "    parts: {a: {blueprint: S3Bucket}} # HERE",
        f"{_AT}.parts",
        None,
        "must have exactly one part with the blueprint Tooling or ToolingLite; has none",
    ),
    (
        "two of tooling",
        "    parts: {a: {blueprint: ToolingLite}, b: {blueprint: Tooling}} # HERE",
        f"{_AT}.parts",
        None,
        "has a, b",
    ),
    (
        "tooling on demand",
        "    parts: {a: {blueprint: ToolingLite, when: demand}} # HERE",
        f"{_AT}.parts.a",
        None,
        "must be created with the project at order 0",
    ),
    (
        "tooling after others",
        "    parts: {a: {blueprint: ToolingLite, order: 2}} # HERE",
        f"{_AT}.parts.a",
        None,
        "must be created with the project at order 0",
    ),
    (
        "order of tooling",
        "    parts: {a: {blueprint: ToolingLite}, b: {blueprint: S3Bucket, order: 0}} # HERE",
        f"{_AT}.parts.b.order",
        "0",
        "must be at least 1",
    ),
    (
        "order on demand",
        "    preset: default\n    parts: {b: {blueprint: X, when: demand, order: 2}} # HERE",
        f"{_AT}.parts.b.order",
        "2",
        "must not be given for a part on demand",
    ),
    (
        "fixed and editable",
        "    preset: default\n    parts: {bucket: {fixed: {a: b}, editable: {a: c}}} # HERE",
        f"{_AT}.parts.bucket.editable.a",
        '"c"',
        "must be in fixed or in editable",
    ),
    (
        "number",
        "    preset: default\n    parts: {tooling: {fixed: {maxEbsVolumeSize: 100}}} # HERE",
        f"{_AT}.parts.tooling.fixed.maxEbsVolumeSize",
        "100",
        "must be a string. Put it in quotes",
    ),
    *(
        (
            f"{name} {value}",
            "    preset: default\n    parts: {tooling: {"
            f'{group}: {{{name}: "{value}"}}}}}} # HERE',
            f"{_AT}.parts.tooling.{group}.{name}",
            f'"{value}"',
            right,
        )
        for group in ("fixed", "editable")
        for name, value, right in (
            ("idleTimeoutInMinutes", "59", "must be a whole number from 60 to 525600, in quotes"),
            ("idleTimeoutInMinutes", "1h", "must be a whole number from 60 to 525600, in quotes"),
            ("maxEbsVolumeSize", "16385", "must be a whole number from 5 to 16384, in quotes"),
            ("lifecycleManagement", "true", "must be one of ENABLED, DISABLED"),
            ("enableSpaces", "yes", "must be one of true, false"),
        )
    ),
    (
        "part of no preset",
        "    preset: default\n    parts: {toling: {name: X}} # HERE",
        f"{_AT}.parts.toling",
        None,
        "did you mean tooling?",
    ),
    (
        "equal names",
        "    preset: default\n    parts: {b: {blueprint: S3Bucket, name: Tooling}} # HERE",
        f"{_AT}.parts.b",
        None,
        "must have another name than tooling, which is called Tooling too",
    ),
    (
        "preset of the other kind of domain",
        "    preset: sql_analytics # HERE",
        f"{_AT}.preset",
        '"sql_analytics"',
        "must have ToolingLite and not Tooling, because people sign in with IAM roles. Use",
    ),
    (
        "tooling of the other kind of domain",
        "    parts: {a: {blueprint: Tooling}} # HERE",
        f"{_AT}.parts.a.blueprint",
        '"Tooling"',
        "must have ToolingLite and not Tooling, because people sign in with IAM roles",
    ),
    (
        "equal names of profiles",
        "    preset: default\n  other: {name: Own, preset: default} # HERE",
        ".profiles.other.name",
        '"Own"',
        "must be another name than that of own",
    ),
]
GRANTS: list[tuple[str, str, str, str | None, str]] = [
    (
        "misspelt",
        "{may: be_member, everyone: true}",
        ".grants[0].may",
        '"be_member"',
        "must be one of create_projects, be_members",
    ),
    (
        "glossaries for people",
        "{may: create_glossaries, everyone: true}",
        ".grants[0].everyone",
        None,
        "must not be given, because create_glossaries is for the projects of the unit",
    ),
    (
        "projects without users",
        "{may: create_projects}",
        ".grants[0]",
        "{",
        "must have either who or everyone",
    ),
    (
        "who and everyone",
        "{may: be_members, everyone: true, who: [administrator]}",
        ".grants[0]",
        "{",
        "must have either who or everyone",
    ),
    (
        "profiles of members",
        "{may: be_members, everyone: true, profiles: [default]}",
        ".grants[0].profiles",
        "[",
        "must be only with create_projects",
    ),
    (
        "unknown profile",
        "{may: create_projects, everyone: true, profiles: [defalt]}",
        ".grants[0].profiles[0]",
        '"defalt"',
        "did you mean default?",
    ),
    (
        "unknown unit",
        "{may: be_members, everyone: true, unit: research}",
        ".grants[0].unit",
        '"research"',
        "must be the path of a unit: there is none",
    ),
    (
        "equal grants",
        "{may: be_members, everyone: true}\n  - {may: be_members, everyone: true}",
        ".grants[1]",
        None,
        "must not have what grants[0] has already",
    ),
]
PROJECT = "{name: Sales, profile: default, owners: [administrator]"
PROJECTS: list[tuple[str, str, str, str | None, str]] = [
    (
        "without an owner",
        "{name: Sales, profile: default, owners: []}",
        ".owners",
        "[]",
        "must have at least 1",
    ),
    (
        "unknown profile",
        "{name: Sales, profile: defalt, owners: [administrator]}",
        ".profile",
        '"defalt"',
        "must be a key of host.profiles: default; did you mean default?",
    ),
    ("unknown unit", PROJECT + ", unit: a}", ".unit", '"a"', "must be the path of a unit"),
    (
        "unknown part",
        PROJECT + ", parameters: {buckt: {bucketName: a}}}",
        ".parameters.buckt",
        '"buckt"',
        "did you mean bucket?",
    ),
    (
        "parameter that members cannot change",
        PROJECT + ", parameters: {bucket: {name: a}}}",
        ".parameters.bucket.name",
        '"a"',
        "must be an editable parameter of bucket in the profile: bucketName",
    ),
    (
        "a member twice",
        PROJECT + ", contributors: [administrator]}",
        ".contributors[0]",
        '"administrator"',
        "must not be a member twice: owners.0 has it already",
    ),
    (
        "group in a domain with IAM roles",
        PROJECT + ", contributors: [{group: 12345678-1234-1234-1234-123456789012}]}",
        ".contributors[0].group",
        '"12345678-1234-1234-1234-123456789012"',
        "must be a persona or a role",
    ),
    (
        "unknown persona",
        PROJECT + ", contributors: [analyst]}",
        ".contributors[0]",
        '"analyst"',
        "must be a persona, one of",
    ),
    (
        "name",
        "{name: a/b, profile: default, owners: [administrator]}",
        ".name",
        '"a/b"',
        "must be up to 64 letters",
    ),
]
BLUEPRINTS = [
    ("twice", "[ToolingLite, S3Bucket, S3TableCatalog, S3Bucket]", "[3]", "must be unique"),
    ("unit", "[{name: ToolingLite, units: [a]}]", "[0].units[0]", "must be the path of a unit"),
    ("name", '["Tooling Lite"]', "[0].name", "must be the name of a blueprint"),
]
CASES = [
    *(
        Bad(
            f"blueprint: {name}",
            f"{BASE}unified_studio:\n  blueprints: {value} # HERE\n",
            f"unified_studio.blueprints{path}",
            "",
            right,
        )
        for name, value, path, right in BLUEPRINTS
    ),
    Bad(
        "blueprint that a profile needs",
        f"{BASE}unified_studio:\n  blueprints: [ToolingLite, S3Bucket] # HERE\n",
        "unified_studio.blueprints",
        "[",
        "must have S3TableCatalog, which the project profile default needs",
    ),
    host(
        "profile: nothing in it",
        "profiles:\n  own: # HERE\n    name: Own",
        path=_AT,
        got="{",
        right="must have a preset or parts",
    ),
    *(
        host(f"profile: {name}", PROFILE + lines, path=path, got=got, right=right)
        for name, lines, path, got, right in PROFILES
    ),
    *(
        host(
            f"project: {name}",
            f"projects:\n  sales: {line} # HERE",
            path=f".projects.sales{path}",
            got=got,
            right=right,
        )
        for name, line, path, got, right in PROJECTS
    ),
    host(
        "project: equal names",
        f"projects:\n  a: {PROJECT}}}\n  b: {PROJECT}}} # HERE",
        path=".projects.b.name",
        got='"Sales"',
        right="must be another name than that of a",
    ),
    *(
        host(f"grant: {name}", f"grants:\n  - {line} # HERE", path=path, got=got, right=right)
        for name, line, path, got, right in GRANTS
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_faults_name_place_value_and_rule(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_tags_that_projects_cannot_carry(tmp_path: Path) -> None:
    tags = "".join(f"  t{number}: x\n" for number in range(22))
    [message] = faults(write(tmp_path, f"{BASE}tags:\n{tags}unified_studio: {{}}\n"))
    assert "tags: must be at most 25 tags together with the four of the environment" in message
