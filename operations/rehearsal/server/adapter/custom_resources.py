"""Custom resources: ministack runs their functions; this module records them.

What kubectl and Helm do is recorded only: there is no API of Kubernetes, nor the team's chart.
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource, provisioners

from operations.rehearsal.server.adapter.handlers import Handlers, Properties, owner_of
from operations.rehearsal.server.extension import Extension
from operations.rehearsal.server.fakes import is_only_recorded
from operations.rehearsal.server.records import RECORDED

_UNTYPED = "AWS::CloudFormation::CustomResource"


def record(extension: Extension, handlers: Handlers) -> None:
    """Record every custom resource, and apply ordered faults."""
    create = provisioners._custom_resource_create
    update = provisioners._custom_resource_update
    delete = provisioners._custom_resource_delete

    def created(logical_id: str, properties: Properties, stack: str, kind: str = _UNTYPED) -> Any:
        owner = owner_of(stack, logical_id)
        extension.faults_before("create", kind, owner)
        if is_only_recorded(kind):
            physical_id = f"{stack}-{logical_id}"
            extension.keep_native(kind, owner, physical_id, properties, {}, label=RECORDED)
            return physical_id, {}
        physical_id, attributes = create(logical_id, properties, stack, kind)
        extension.keep_native(kind, owner, physical_id, properties, attributes)
        return physical_id, attributes

    def updated(physical_id: str, old: Properties, new: Properties, stack: str, **more: Any) -> Any:
        owner = owner_of(stack, more.get("logical_id") or "")
        kind = more.get("resource_type", _UNTYPED)
        extension.faults_before("update", kind, owner)
        if is_only_recorded(kind):
            extension.keep_native(kind, owner, physical_id, new, {}, label=RECORDED)
            return physical_id, {}
        new_id, attributes = update(physical_id, old, new, stack, **more)
        extension.keep_native(kind, owner, new_id, new, attributes)
        return new_id, attributes

    def deleted(physical_id: str, properties: Properties, **more: Any) -> None:
        kind = more.get("resource_type") or _UNTYPED
        account, region = get_account_id(), get_region()
        extension.before_delete(kind, account, region, physical_id)
        if not is_only_recorded(kind):
            delete(physical_id, properties, **more)
        extension.forget(kind, account, region, physical_id)

    provisioners._custom_resource_create = created
    provisioners._custom_resource_update = updated
    provisioners._custom_resource_delete = deleted
    handlers.made[_UNTYPED] = {"create": created}


def _asks_again(why: Any, event: Mapping[str, Any]) -> bool:
    """Return whether the CDK's provider framework asks to be called again.

    It fails with the event as its message then, for Step Functions to try again.
    """
    try:
        again = json.loads(why)
    except (TypeError, ValueError):
        return False
    return isinstance(again, dict) and again.get("RequestId") == event.get("RequestId")


def fail_with_the_function() -> None:
    """Fail a custom resource as soon as its function fails without an answer."""
    execute = lambda_svc._execute_function_with_config_scope

    def executed(function: Any, event: Any) -> Any:
        result = execute(function, event)
        if isinstance(event, dict) and "ResponseURL" in event and result.get("error"):
            token = event["ResponseURL"].rpartition("/")[2]
            waiting = custom_resource._pending.get(token)
            if waiting is not None and waiting["result"] is None:
                body = result.get("body")
                why = body.get("errorMessage", body) if isinstance(body, dict) else body
                if _asks_again(why, event):
                    return result
                reason = (
                    "The function failed without a response to CloudFormation, which would wait "
                    f"for an hour: {why}"
                )
                custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": reason})
        return result

    lambda_svc._execute_function_with_config_scope = executed


def expect_answer(token: str) -> str:
    """Return the URL for the answer of a custom resource to a test."""
    custom_resource.register_token(token)
    return str(custom_resource._response_url(token))


def answer(token: str) -> dict[str, Any] | None:
    """Return the answer of a custom resource to a test, None before it answers."""
    pending = custom_resource._pending.get(token)
    return pending["result"] if pending else None
