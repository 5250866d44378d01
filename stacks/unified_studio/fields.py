"""Types of the fields: names, keys and IDs of Amazon DataZone."""

import re
from typing import Annotated

from pydantic import AfterValidator

from sagemaker_platform.catalog.unified_studio import blueprints, time_zones
from stacks.fields import ConstructKey, close_to, matches, validation_error
from stacks.schedules import CronSchedule

# AWS::DataZone::DataSource, pattern of Schedule.
_PLAIN_TIME = re.compile(r"cron\([0-9]{1,2} [0-9]{1,2} .*\)")

# AWS::DataZone::EnvironmentBlueprintConfiguration: pattern of EnvironmentBlueprintIdentifier.
_BLUEPRINT = re.compile(r"[a-zA-Z0-9_-]{1,36}")


def _time_zone(value: str) -> str:
    if value not in time_zones():
        raise validation_error(
            f"must be a time zone of Amazon DataZone, such as UTC or EUROPE_PARIS"
            f"{close_to(value, time_zones())}"
        )
    return value


def _plain_time(value: str) -> str:
    if not _PLAIN_TIME.fullmatch(value):
        raise validation_error(
            "must have plain numbers as minute and hour, such as cron(30 4 * * ? *): Amazon "
            "DataZone takes no lists, ranges and steps there"
        )
    return value


def _blueprint_name(value: str) -> str:
    if not _BLUEPRINT.fullmatch(value):
        raise validation_error("must be the name of a blueprint, such as Tooling, or its ID")
    for known in blueprints():
        if value != known and value.lower() == known.lower():
            raise validation_error(f"must be {known}: AWS tells upper case from lower case")
    return value


# Patterns of AWS::DataZone::UserProfile and AWS::DataZone::GroupProfile.
IdentityId = matches(
    r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}",
    "must be an ID in the identity store, such as 1234567890-12345678-1234-1234-1234-123456789012",
)
# AWS::DataZone::DomainUnit, pattern of Name.
UnitName = matches(
    r"(?! )[\w -]{1,128}(?<! )",
    "must be up to 128 letters from A to Z, digits, spaces, _ and -, without spaces at its ends, "
    "such as Research",
)
Key = ConstructKey
# AWS::DataZone::ProjectProfile, AWS::DataZone::Project: pattern of Name.
Title = matches(
    r"(?! )[\w -]{1,64}(?<! )",
    "must be up to 64 letters from A to Z, digits, spaces, _ and -, without spaces at its ends, "
    "such as SQL analytics",
)
BlueprintName = Annotated[str, AfterValidator(_blueprint_name)]
# AWS::DataZone::ProjectProfile: pattern of parameters' names.
ParameterName = matches(
    r"[a-zA-Z_][a-zA-Z0-9_]{0,127}",
    "must be the name of a parameter: letters, digits and _, such as enableSpaces",
)
UnitPath = matches(
    r"[a-z0-9_]+(/[a-z0-9_]+)*",
    "must be the path of a unit by its keys, such as research/vision",
)
# AWS::DataZone::Connection, pattern of GlueVersion.
GlueVersion = matches(r"\d+\.\d+", 'must be a version of AWS Glue in quotes, such as "5.0"')
# AWS::DataZone::DataSource, length of Expression.
TablePattern = matches(
    r"[A-Za-z0-9_*.-]{1,255}",
    "must be the name of a table, or a pattern such as sales_*: letters, digits, _, -, . and *",
)
DataZoneTimeZone = Annotated[str, AfterValidator(_time_zone)]
DataSourceSchedule = Annotated[CronSchedule, AfterValidator(_plain_time)]
# AWS::DataZone::Domain and AWS::DataZone::DomainUnit: patterns of their IDs.
DomainId = matches(
    r"dzd[-_][a-zA-Z0-9_-]{1,36}", "must be the ID of a domain, such as dzd-0123456789abcd"
)
UnitId = matches(r"[a-z0-9_-]{1,256}", "must be the ID of a domain unit, such as 0123456789abcd")
# GetTemplateSummary and CreateStack take both forms.
TemplateFile = matches(
    r"(?!/)(?!.*(^|/)\.\.(/|$))[\w./-]{1,256}\.(json|yaml|yml)",
    "must be the path of a template (.yaml, .yml or .json) in this project, such as "
    "blueprints/reports.yaml",
)
# Amazon DataZone API Reference, "CreateRule": pattern of name.
RuleName = matches(
    r"[\w -]{1,256}", "must be up to 256 letters, digits, spaces, _ and -, such as Name a steward"
)
# Also of data classes, which are terms.
TermKey = matches(
    r"[a-z0-9][a-z0-9_-]{0,49}",
    "must be 1 to 50 lower-case letters, digits, - and _, beginning with a letter or digit",
)
TermPath = matches(
    r"[a-z0-9_]+/[a-z0-9_-]+",
    "must be the key of a glossary and the key of a term, such as business/customer",
)
