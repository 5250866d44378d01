"""Waits for projects, data sources and the catalog of Unified Studio.

CloudFormation takes a project for complete before Amazon DataZone has created its environments, and
for deleted while they are still being deleted. Every step looks at what there is now.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..common.calls import Caller
from ..common.errors import CustomResourceError, RetryableError
from ..common.waiting import Item, elapsed_seconds, poll, start_wait, started
from . import export, glossary, gone, ready, rule, run

# CloudFormation waits for a custom resource for an hour.
TIMEOUT_SECONDS = 55 * 60.0
# What the catalog has is created within seconds; longer means that it is in use.
CATALOG_TIMEOUT_SECONDS = 10 * 60.0
CALL_TIMEOUT_SECONDS = 60.0
# Time after which the domain knows the role of this function.
NEW_ROLE_SECONDS = 300.0
_STEPS: Mapping[str, Callable[[Mapping[str, Any], Caller], Item | None]] = {
    "Custom::UnifiedStudioDataSourceRun": run.step,
    "Custom::UnifiedStudioExport": export.step,
    "Custom::UnifiedStudioGlossary": glossary.step,
    "Custom::UnifiedStudioGone": gone.step,
    "Custom::UnifiedStudioProjectReady": ready.step,
    "Custom::UnifiedStudioRule": rule.step,
}
_CATALOG = ("Custom::UnifiedStudioGlossary", "Custom::UnifiedStudioRule")
# First word of the physical ID, and the property that tells resources of the type apart.
_IDENTITIES = {
    "Custom::UnifiedStudioDataSourceRun": ("run", "DataSource"),
    "Custom::UnifiedStudioExport": ("export", ""),
    "Custom::UnifiedStudioGlossary": ("glossary", "Key"),
    "Custom::UnifiedStudioGone": ("gone", ""),
    "Custom::UnifiedStudioProjectReady": ("ready", "Project"),
    "Custom::UnifiedStudioRule": ("rule", "Key"),
}
_DENIED = ("AccessDeniedException", "UnauthorizedException")


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Return the physical id; `is_complete` does all work and can be repeated."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    properties = event["ResourceProperties"]
    word, key = _IDENTITIES[event["ResourceType"]]
    parts = [word, properties["Domain"], *([properties[key]] if key else [])]
    return start_wait("/".join(parts))


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Take one step, and say whether anything is missing."""
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)
    step = _STEPS[event["ResourceType"]]

    def attempt() -> Item | None:
        try:
            return step(event, caller)
        except CustomResourceError as error:
            if error.code not in _DENIED:
                raise
            if elapsed_seconds(started(event)) > NEW_ROLE_SECONDS:
                raise CustomResourceError(
                    f"{error}. The role of this function must be a user of the domain and an "
                    "owner of its root unit. Deploy again",
                    error.code,
                    error.aws_message,
                ) from error
            raise RetryableError(str(error)) from error

    in_catalog = event["ResourceType"] in _CATALOG
    return poll(
        event,
        attempt,
        timeout_seconds=CATALOG_TIMEOUT_SECONDS if in_catalog else TIMEOUT_SECONDS,
    )
