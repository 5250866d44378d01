"""Additions to botocore's models, for functions whose runtime has an earlier botocore.

AWS Lambda updates the SDK of its runtimes weeks after AWS releases an operation, and the emulator
has an SDK of its own. So handlers of custom resources bring the models of the newest operations
that they call, as extras that botocore merges into its own model (botocore, ``loaders.py``).
Renew the file with ``python -m operations.sdk_models`` after an upgrade of botocore.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.loaders

FILE = Path(
    "constructs/sagemaker_platform/custom_resources/common/models/sagemaker/2017-07-24/"
    "service-2.sdk-extras.json"
)
OPERATIONS = (
    "CreateInferenceRouter",
    "DeleteEndpointPolicy",
    "DeleteInferenceRouter",
    "DescribeInferenceRouter",
    "GetEndpointPolicy",
    "PutEndpointPolicy",
    "UpdateInferenceRouter",
)
MEMBERS = {
    "CreateEndpointConfigInput": ("CrossRegionTrafficConfig",),
    "DescribeEndpointConfigOutput": ("CrossRegionTrafficConfig",),
}
"""New members of structures that earlier models have."""


def extras() -> dict[str, Any]:
    """Return what the extras file has to hold, from the botocore that is installed."""
    model = botocore.loaders.create_loader().load_service_model("sagemaker", "service-2")
    operations = {name: _plain(model["operations"][name]) for name in OPERATIONS}
    members = {
        shape: {
            "members": {name: _plain(model["shapes"][shape]["members"][name]) for name in names}
        }
        for shape, names in MEMBERS.items()
    }
    shapes: dict[str, Any] = dict(members)
    waiting = [*_shapes(operations), *_shapes(members)]
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = _plain(model["shapes"][name])
            waiting += _shapes(shapes[name])
    return {
        "version": 1.0,
        "merge": {"operations": operations, "shapes": dict(sorted(shapes.items()))},
    }


def _shapes(node: Any) -> Iterator[str]:
    """Yield the names of shapes that a part of a model refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for value in node.values():
            yield from _shapes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _shapes(value)


def _plain(node: Any) -> Any:
    """Return a part of a model without its documentation."""
    if isinstance(node, dict):
        return {
            key: _plain(value)
            for key, value in node.items()
            if key not in ("documentation", "documentationUrl") or isinstance(value, dict)
        }
    return [_plain(value) for value in node] if isinstance(node, list) else node


def main() -> None:
    """Renew the file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(extras(), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
