"""MLflow's REST API as far as clients of stories use it. It is not one of botocore's."""

import json
from collections.abc import Mapping
from typing import Any

from operations.access.call import Call

Response = tuple[int, dict[str, str], bytes]
_APP = "x-sm-mlflow-app-arn"


def parse(headers: Mapping[str, str]) -> Call | None:
    """Return the call of a request to an MLflow App; None if it is something else.

    IAM knows one action for all of MLflow's API.
    """
    if _APP not in headers:
        return None
    return Call("sagemaker-mlflow-app", "CallMlflowAppApi", {"Arn": headers[_APP]})


def answer(path: str) -> Response:
    """Return MLflow's answer: one experiment with one run."""
    run = {
        "run_id": "0" * 32,
        "run_uuid": "0" * 32,
        "experiment_id": "1",
        "status": "RUNNING",
        "lifecycle_stage": "active",
        "artifact_uri": "mlflow-artifacts:/1",
    }
    experiment = {"experiment_id": "1", "name": "churn", "lifecycle_stage": "active"}
    found: dict[str, Any] = {}
    if "/experiments/" in path:
        found = {"experiment": experiment, "experiment_id": "1"}
    elif "/runs/" in path:
        found = {"run": {"info": run, "data": {}}, "run_info": run}
    return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()


def failure(message: str) -> Response:
    """Return the response of a call that is denied."""
    found = {"error_code": "PERMISSION_DENIED", "message": f"AccessDenied: {message}"}
    return 403, {"Content-Type": "application/json"}, json.dumps(found).encode()
