"""Callers: functions call AWS as their roles, and an authorizer decides about their calls.

Everybody else calls with the account's own key, which may do everything.
"""

import hashlib
import json
import os
import threading
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import iam_actions, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc, sts

from operations.rehearsal.server import query as form
from operations.rehearsal.server import wire

URL_VARIABLE = "REHEARSAL_AUTHORIZER"
_TIMEOUT_SECONDS = 30
# Headers that are condition keys with the prefix of Amazon S3.
_S3_HEADERS = (
    "x-amz-acl",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
)
_Session = dict[str, Any]


def act_as_roles() -> None:
    """Give each function a session of its role in place of the account's key."""
    sts.register_session = one_at_a_time(sts.register_session)
    if URL_VARIABLE in os.environ:
        lambda_runtime.execution_credentials = _credentials
        lambda_svc.execution_credentials = _credentials


def one_at_a_time(register: Callable[[str, _Session], None]) -> Callable[[str, _Session], None]:
    """Let no two threads add sessions at once: each walks through all sessions first."""
    lock = threading.Lock()

    def registered(key: str, session: _Session) -> None:
        with lock:
            register(key, session)

    return registered


def _credentials(config: Mapping[str, Any]) -> dict[str, str]:
    role, name = config.get("Role", ""), config.get("FunctionName", "function")
    arn = config["FunctionArn"]
    account = arn.split(":")[4]
    key = f"ASIA{hashlib.sha256(f'{arn}{role}'.encode()).hexdigest()[:16].upper()}"
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}",
        "RoleArn": role,
        "UserId": f"{name}:{name}",
        "SecretAccessKey": "rehearsal",
        "SessionToken": "rehearsal",
        "AccountId": account,
        "PrincipalType": "AssumedRole",
    }
    sts.register_session(key, session)
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_SESSION_TOKEN": "rehearsal",
    }


def session_of(headers: Mapping[str, str]) -> _Session | None:
    """Return the session that signed a request; None for the account's own key."""
    if URL_VARIABLE not in os.environ:
        return None
    scope = headers.get("authorization", "").partition("Credential=")[2]
    session: _Session | None = sts._sessions.get(scope.partition("/")[0])
    return session if session and session.get("RoleArn") else None


def denial(
    session: _Session,
    version: int,
    service: str,
    request: tuple[str, str, Any, bytes, Any],
) -> tuple[wire.Call | None, str, str] | None:
    """Return what a denied call fails with: the call, a code and a message; None if allowed.

    Args:
        session: of the caller.
        version: of the resources that exist.
        service: the service that the request is signed for.
        request: method, path, headers, body and query.
    """
    method, path, headers, body, query = request
    call = wire.parse(service, method, path, headers, body, query)
    asked: dict[str, Any] = {
        "role": session["RoleArn"],
        "session": session["Arn"].rpartition("/")[2],
        "version": version,
    }
    if call is not None:
        asked |= {
            "service": call.service,
            "operation": call.operation.name,
            "parameters": call.arguments,
        }
    else:
        place = get_region(), get_account_id()
        asked |= {
            "action": iam_actions.extract_iam_action(*_request(service, request)),
            "resource": _resource(service, request, *place),
            "context": _s3_context(headers, query) if service == "s3" else {},
        }
    data = json.dumps(asked, default=str).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asking = urllib.request.Request(os.environ[URL_VARIABLE], data=data)  # noqa: S310 # ours
    with opener.open(asking, timeout=_TIMEOUT_SECONDS) as answer:
        verdict = json.load(answer)
    return None if verdict["allowed"] else (call, verdict["code"], verdict["message"])


def _s3_context(headers: Mapping[str, str], query: Mapping[str, Any]) -> dict[str, str]:
    """Return the condition keys of a request to Amazon S3."""
    found = {"s3:prefix": (query.get("prefix") or [""])[0]}
    return found | {f"s3:{name}": headers[name] for name in _S3_HEADERS if name in headers}


def _request(service: str, request: tuple[str, str, Any, bytes, Any]) -> tuple[Any, ...]:
    method, path, headers, body, query = request
    return service, method, path, headers, body, query


def _resource(
    service: str, request: tuple[str, str, Any, bytes, Any], region: str, account: str
) -> str:
    if service == "ec2":
        body, query = request[3], request[4]
        group = form.fields(body).get("GroupId") or (query.get("GroupId") or [""])[0]
        if group:
            return f"arn:aws:ec2:{region}:{account}:security-group/{group}"
    found = iam_actions.extract_resource_arn(*_request(service, request), region, account)
    return str(found or "*")
