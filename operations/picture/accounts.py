"""Other accounts that use an environment, or that it uses."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from operations.assembly import Json
from operations.picture.items import StackView

_ARN = re.compile(r"arn:[^:\"]*:(?P<service>[a-z0-9-]+):[^:\"]*:(?P<account>\d{12}):")
_ACCOUNT = re.compile(r"(\d{12})")
# What a resource of another account is called. Registries of images are left out: most are AWS's.
_USED = {
    "kms": "key",
    "s3": "bucket",
    "s3tables": "table bucket",
    "glue": "catalog",
    "rds": "database",
    "dynamodb": "table",
    "sagemaker": "model package",
    "secretsmanager": "secret",
}
# What another account does with a stack whose roles or policies let it in.
_USES = {"inference": "calls endpoints", "sources": "delivers data", "data-access": "reads data"}


@dataclass(frozen=True, order=True)
class Link:
    """Another account, what passes, and the direction.

    Attributes:
        account: the other account.
        what: such as `calls endpoints`, or `key`.
        inward: whether the other account uses the environment.
    """

    account: str
    what: str
    inward: bool


def links_of(views: Iterable[StackView], own: str) -> tuple[Link, ...]:
    """Return the links to other accounts that templates name, each once, in order."""
    return tuple(
        sorted(
            {
                link
                for view in views
                for resource in view.resources.values()
                for link in _links(view.stack, resource)
                if link.account != own
            }
        )
    )


def _links(stack: str, resource: Json) -> Iterator[Link]:
    properties = resource.get("Properties", {})
    if resource["Type"] == "Custom::DataGrant":
        if _ACCOUNT.fullmatch(str(properties.get("Principal"))):
            yield Link(properties["Principal"], _USES["data-access"], inward=True)
        return
    if resource["Type"].startswith("Custom::"):
        return
    for found in _ARN.finditer(json.dumps(properties)):
        if found["service"] == "iam":
            yield Link(found["account"], _USES.get(stack, f"uses {stack}"), inward=True)
        elif found["service"] in _USED:
            yield Link(found["account"], _USED[found["service"]], inward=False)
