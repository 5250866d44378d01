"""Export the definition of a pipeline, without credentials and without a network.

The Python of the SageMaker SDK runs this file: `python sdk_export.py FOLDER`. The SDK calls AWS
while a pipeline is defined: it asks who calls, whether the bucket exists, and uploads code. All of
these calls are answered here, and every other call is an error. What it uploads is written into
`FOLDER/uploads`.
"""

import hashlib
import importlib.util
import json
import logging
import os
import re
import shutil
import socket
import sys
import warnings
from pathlib import Path
from typing import Any, NoReturn

ROLE = "arn:aws:iam::000000000000:role/{{role}}"
BUCKET = "{{uploads}}"
REGION = "us-east-1"
# A key of the SDK up to the part that differs between two exports: a time or a digest.
_ROOT = re.compile(r"(?:[^/]+/)*?[^/]*(?:-\d{14,17}|[0-9a-f]{64})[^/]*")
_VARYING = re.compile(r"-\d{14,17}|/?[0-9a-f]{64}")
# The SDK gives containers the region of the export, and empty names of scripts.
_DROPPED = ("SAGEMAKER_PROGRAM", "SAGEMAKER_REGION", "SAGEMAKER_SUBMIT_DIRECTORY")


class ExportError(Exception):
    """A definition that cannot be exported."""


class Environment:
    """Stands for the environment that the pipeline runs in.

    Attributes:
        role: role that the pipeline and its jobs run with.
        key: key of volumes and outputs.
        subnets: private subnets.
        security_groups: security groups of jobs.
        work: folder of the pipeline in Amazon S3, for results.
    """

    role = ROLE
    key = "{{key}}"
    subnets = ["{{subnets}}"]
    security_groups = ["{{security_groups}}"]
    work = "s3://{{work}}"

    def image(self, name: str) -> str:
        """Return a container image, such as `sklearn:1.9-0`."""
        return f"{{{{image:{name}}}}}"

    def input(self, name: str) -> str:
        """Return the folder of an input of the settings."""
        return f"s3://{{{{input:{name}}}}}"

    def group(self, name: str) -> str:
        """Return a group of the model registry."""
        return f"{{{{group:{name}}}}}"

    def models(self, group: str) -> str:
        """Return the folder with the models of a group, which its followers may read."""
        return f"s3://{{{{models:{group}}}}}"


class Calls:
    """Answers the calls of the SDK.

    Attributes:
        uploads: contents of objects by key.
    """

    def __init__(self) -> None:
        self.uploads: dict[str, bytes] = {}

    def answer(self, client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer a call of botocore."""
        service = client.meta.service_model.service_name
        if service == "sts" and operation == "GetCallerIdentity":
            return {"Account": "000000000000", "Arn": ROLE, "UserId": "export"}
        if service == "s3" and operation in ("HeadBucket", "ListBuckets"):
            return {"Buckets": [{"Name": BUCKET}], "ResponseMetadata": {}}
        if service == "s3" and operation == "PutObject":
            body = parameters["Body"]
            content = body.read() if hasattr(body, "read") else body
            self.uploads[parameters["Key"]] = (
                content.encode() if isinstance(content, str) else bytes(content)
            )
            return {"ETag": "x", "ResponseMetadata": {}}
        if service == "iam" and operation == "SimulatePrincipalPolicy":
            return {"EvaluationResults": []}
        raise ExportError(
            f"the definition calls {service}:{operation}, and an export calls no service. "
            "Give the value in the definition"
        )


def isolate(calls: Calls) -> None:
    """Answer all calls of AWS, and refuse every other connection."""
    home = Path("/nonexistent")
    os.environ.update(
        AWS_ACCESS_KEY_ID="export",
        AWS_CONFIG_FILE=str(home),
        AWS_DEFAULT_REGION=REGION,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_SECRET_ACCESS_KEY="export",  # noqa: S106 - no secret: nothing is called
        AWS_SHARED_CREDENTIALS_FILE=str(home),
        SAGEMAKER_VALIDATE_ROLE="false",
    )
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "SAGEMAKER_USER_CONFIG_OVERRIDE"):
        os.environ.pop(name, None)

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise OSError("no network during an export")

    setattr(socket.socket, "connect", refuse)  # noqa: B010 - its type is a method's
    setattr(socket, "getaddrinfo", refuse)  # noqa: B010
    from botocore import client

    def answer(self: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return calls.answer(self, operation, parameters)

    client.BaseClient._make_api_call = answer


def load(folder: Path) -> Any:
    """Return the module `definition.py` of a folder."""
    path = folder / "definition.py"
    spec = importlib.util.spec_from_file_location("definition", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ExportError(f"{path}: must exist")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "pipeline", None)):
        raise ExportError(f"{path}: must define pipeline(environment, session)")
    return module


def stable_names(keys: list[str], uploads: dict[str, bytes]) -> dict[str, str]:
    """Return names without times and digests, by the beginnings of keys."""
    roots: dict[str, dict[str, bytes]] = {}
    for key in keys:
        match = _ROOT.match(key)
        root = match[0] if match else key.rpartition("/")[0]
        roots.setdefault(root, {})[key[len(root) :]] = uploads[key]
    names: dict[str, str] = {}
    taken: dict[str, dict[str, bytes]] = {}
    for root in sorted(roots, key=lambda one: (_VARYING.sub("", one), _digests(roots[one]))):
        files, number = roots[root], 1
        name = base = _VARYING.sub("", root).strip("/") or "code"
        while any(taken.get(name, {}).get(one, files[one]) != files[one] for one in files):
            number += 1
            name = f"{base}-{number}"
        taken.setdefault(name, {}).update(files)
        names[root] = name
    return names


def _digests(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return sorted((name, hashlib.sha256(content).hexdigest()) for name, content in files.items())


def clean(value: Any) -> Any:
    """Return a definition without what depends on the export."""
    if isinstance(value, dict):
        return {
            key: clean(below)
            for key, below in value.items()
            if not (key in _DROPPED and (below in ("", REGION)))
        }
    return [clean(below) for below in value] if isinstance(value, list) else value


def export(folder: Path, source: str) -> None:
    """Write `definition.json` and `uploads` of a folder."""
    calls = Calls()
    isolate(calls)
    folder = folder.resolve()
    # The SDK writes paths of code into what it uploads.
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    module = load(folder)
    session = PipelineSession(default_bucket=BUCKET)
    body: str = module.pipeline(Environment(), session).definition()
    kept = {key: body for key, body in calls.uploads.items() if "__pycache__" not in key}
    names = stable_names(sorted(kept), kept)
    uploads = folder / "uploads"
    shutil.rmtree(uploads, ignore_errors=True)
    for root in sorted(names, key=len, reverse=True):
        body = body.replace(f"s3://{BUCKET}/{root}", f"s3://{{{{code}}}}/{names[root]}")
        for key in (one for one in kept if one.startswith(root)):
            file = uploads / f"{names[root]}{key[len(root) :]}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(kept[key])
    if BUCKET in body:
        at = body.index(BUCKET)
        raise ExportError(
            f"{folder.name}/definition.py: {body[max(0, at - 60) : at + 60]!r} is in the SDK's "
            "default bucket. Give an output with environment.work or environment.models"
        )
    definition = clean(json.loads(body.replace(ROLE, "{{role}}")))
    definition["Metadata"] = {"Source": source}
    text = json.dumps(definition, indent=1, sort_keys=True)
    (folder / "definition.json").write_text(f"{text}\n", "utf-8")


def main() -> int:
    """Export the folder of the command line; return the exit status."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    try:
        export(Path(sys.argv[1]), sys.argv[2])
    except ExportError as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
