"""Runs a definition on this machine, without Docker and without AWS.

It interprets the JSON that is deployed, and not the objects of the SDK: variables, conditions,
property files, jobs and the registration of a version. A folder stands for Amazon S3. Each job is
a process with a folder of its own as ``/opt/ml``, in a mount namespace without a network. The
images do not run: scripts run with the Python of this machine, so that they may use what is
installed in it.

Source of the folders: SageMaker AI Developer Guide, "How Amazon SageMaker AI Provides Training
Information" and "How Amazon SageMaker Processing Runs Your Processing Container Image".
"""

from __future__ import annotations

import json
import operator
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from operations.pipelines.export import PipelineError

_TIMEOUT_SECONDS = 300
_PROPERTY = re.compile(r"\.?(\w+)|\['([^']+)'\]")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
# Makes /opt writable without changing the one of the machine.
_NAMESPACE = (
    'mount -t tmpfs none /opt && mkdir -p /opt/ml && mount --bind "$1" /opt/ml && shift && '
    'cd /opt/ml && exec "$@"'
)


class ExecutionFailedError(PipelineError):
    """An execution that a step has failed."""


@cache
def isolates_jobs() -> bool:
    """Whether this machine lets processes have a mount namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rmn", "true"], capture_output=True).returncode == 0  # noqa: S607


class LocalRun:
    """One execution of a rendered definition.

    Args:
        definition: the definition, with values in place of its placeholders.
        storage: folder that stands for Amazon S3, with a folder for each bucket.
        parameters: values of parameters. Defaults to those of the definition.
        execution: id of the execution.

    Attributes:
        requests: arguments of the steps that have run, by name, with values of variables.
        versions: requests of CreateModelPackage.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        storage: Path,
        *,
        parameters: Mapping[str, Any] | None = None,
        execution: str = "abc123def456",
    ) -> None:
        self._definition = definition
        self._storage = storage
        self._parameters = {
            **{one["Name"]: one.get("DefaultValue") for one in definition["Parameters"]},
            **(parameters or {}),
        }
        self._execution = {
            "PipelineExecutionId": execution,
            "PipelineName": "local",
            "StartDateTime": "2026-01-01T00:00:00Z",
        }
        self._properties: dict[str, Any] = {}
        self.requests: dict[str, Mapping[str, Any]] = {}
        self.versions: list[Mapping[str, Any]] = []

    def run(self) -> None:
        """Run all steps, each after those whose results it uses.

        Raises:
            ExecutionFailedError: a step fails, or steps wait for each other.
        """
        self._run_all(self._definition["Steps"])

    def _run_all(self, steps: Sequence[Mapping[str, Any]]) -> None:
        waiting = list(steps)
        while waiting:
            names = {one["Name"] for one in waiting}
            ready = [one for one in waiting if not _needs(one) & names - {one["Name"]}]
            if not ready:
                raise ExecutionFailedError(f"the steps depend on each other: {sorted(names)}")
            for step in ready:
                self._step(step)
                waiting.remove(step)

    def _step(self, step: Mapping[str, Any]) -> None:
        kind, name, arguments = step["Type"], step["Name"], step["Arguments"]
        if kind == "Condition":
            good = all(
                _COMPARISONS[one["Type"]](
                    self._value(one["LeftValue"]), self._value(one["RightValue"])
                )
                for one in arguments["Conditions"]
            )
            self._properties[name] = {"Outcome": good}
            self._run_all(arguments["IfSteps" if good else "ElseSteps"])
            return
        request = self.requests[name] = self._value(arguments)
        if kind == "Fail":
            raise ExecutionFailedError(str(request["ErrorMessage"]))
        jobs = {
            "Processing": self._process,
            "Training": self._train,
            "RegisterModel": self._register,
        }
        if kind not in jobs:
            raise ExecutionFailedError(f"{name}: steps of type {kind} do not run on this machine")
        self._properties[name] = jobs[kind](name, request)

    def _process(self, name: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for one in request.get("ProcessingInputs", []):
                source = one["S3Input"]
                self._fetch(source["S3Uri"], _inside(root, source["LocalPath"]))
            for one in outputs:
                _inside(root, one["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
            _write(root / "config/processingjobconfig.json", request)
            _write(root / "config/resourceconfig.json", _HOSTS)
            specification = request["AppSpecification"]
            self._run_container(
                name,
                root,
                [
                    *specification["ContainerEntrypoint"],
                    *specification.get("ContainerArguments", []),
                ],
                request.get("Environment", {}),
            )
            for one in outputs:
                output = one["S3Output"]
                shutil.copytree(
                    _inside(root, output["LocalPath"]),
                    self._path(output["S3Uri"]),
                    dirs_exist_ok=True,
                )
        by_name = {one["OutputName"]: one for one in outputs}
        return {
            **request,
            "ProcessingJobArn": self._arn("processing-job", name),
            "ProcessingOutputConfig": {"Outputs": by_name},
        }

    def _train(self, name: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        job = f"pipelines-{self._execution['PipelineExecutionId']}-{name}"
        specification = request["AlgorithmSpecification"]
        channels = request.get("InputDataConfig", [])
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for one in channels:
                self._fetch(
                    one["DataSource"]["S3DataSource"]["S3Uri"],
                    root / "input/data" / one["ChannelName"],
                )
            for part in ("model", "output/data", "code"):
                (root / part).mkdir(parents=True)
            configuration = root / "input/config"
            _write(configuration / "hyperparameters.json", request.get("HyperParameters", {}))
            modes = {one["ChannelName"]: {"TrainingInputMode": "File"} for one in channels}
            _write(configuration / "inputdataconfig.json", modes)
            instance_type = request["ResourceConfig"]["InstanceType"]
            group = {"instance_group_name": "group", "instance_type": instance_type}
            _write(
                configuration / "resourceconfig.json",
                {
                    **_HOSTS,
                    "current_group_name": "group",
                    "current_instance_type": instance_type,
                    "instance_groups": [{**group, "hosts": ["algo-1"]}],
                    "network_interface_name": "lo",
                },
            )
            self._run_container(
                name,
                root,
                [
                    *specification.get("ContainerEntrypoint", ["train"]),
                    *specification.get("ContainerArguments", []),
                ],
                {
                    **request.get("Environment", {}),
                    "SM_MODEL_DIR": "/opt/ml/model",
                    "TRAINING_JOB_NAME": job,
                },
            )
            output = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
            artifact = f"{output}/{job}/output/model.tar.gz"
            self._path(artifact).parent.mkdir(parents=True)
            with tarfile.open(self._path(artifact), "w:gz") as archive:
                for file in sorted((root / "model").iterdir()):
                    archive.add(file, file.name)
        return {
            **request,
            "ModelArtifacts": {"S3ModelArtifacts": artifact},
            "TrainingJobArn": self._arn("training-job", name),
            "TrainingJobName": job,
        }

    def _arn(self, kind: str, step: str) -> str:
        name = f"pipelines-{self._execution['PipelineExecutionId']}-{step}"
        return f"arn:aws:sagemaker:eu-west-1:000000000000:{kind}/{name}"

    def _register(self, name: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        for container in request["InferenceSpecification"]["Containers"]:
            if not self._path(container["ModelDataUrl"]).is_file():
                raise ExecutionFailedError(f"{name}: nothing is at {container['ModelDataUrl']}")
        self.versions.append(request)
        return {**request, "ModelPackageArn": f"{request['ModelPackageGroupName']}/1"}

    def _run_container(
        self, name: str, root: Path, command: Sequence[str], environment: Mapping[str, Any]
    ) -> None:
        if not isolates_jobs():
            raise ExecutionFailedError(
                "this machine forbids user namespaces, in which jobs have their folder /opt/ml. "
                "Allow them (`sysctl kernel.unprivileged_userns_clone=1`), or use another machine"
            )
        done = subprocess.run(
            ["unshare", "-rmn", "sh", "-c", _NAMESPACE, "sh", str(root), *command],  # noqa: S607
            env={
                "AWS_REGION": "eu-west-1",
                "PATH": os.environ.get("PATH", os.defpath),
                "PYTHONDONTWRITEBYTECODE": "1",
                **{key: str(value) for key, value in environment.items()},
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_SECONDS,
        )
        if done.returncode:
            raise ExecutionFailedError(f"{name}: {(done.stdout + done.stderr)[-2000:]}")

    def _fetch(self, uri: str, folder: Path) -> None:
        source = self._path(uri)
        folder.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True)
        elif source.is_file():
            shutil.copy(source, folder)
        else:
            raise ExecutionFailedError(f"nothing is at {uri}")

    def _path(self, uri: str) -> Path:
        return self._storage / uri.removeprefix("s3://")

    def _value(self, found: Any) -> Any:
        """Return arguments with the values of variables."""
        if isinstance(found, list):
            return [self._value(one) for one in found]
        if not isinstance(found, Mapping):
            return found
        if len(found) == 1:
            [(key, inside)] = found.items()
            if key == "Get":
                return self._get(inside)
            if key == "Std:Join":
                return inside["On"].join(str(self._value(one)) for one in inside["Values"])
            if key == "Std:JsonGet":
                return self._json_get(inside)
        return {key: self._value(one) for key, one in found.items()}

    def _get(self, path: str) -> Any:
        head, _, rest = path.partition(".")
        if head == "Parameters":
            return self._parameters[rest]
        if head == "Execution":
            return self._execution[rest]
        name, _, rest = rest.partition(".")
        found = self._properties[name]
        for match in _PROPERTY.finditer(rest):
            found = found[match[1] or match[2]]
        return found

    def _json_get(self, inside: Mapping[str, Any]) -> Any:
        _, name, _, file_name = inside["PropertyFile"]["Get"].split(".")
        step = next(one for one in _every(self._definition["Steps"]) if one["Name"] == name)
        [file] = [one for one in step["PropertyFiles"] if one["PropertyFileName"] == file_name]
        outputs = self._properties[name]["ProcessingOutputConfig"]["Outputs"]
        folder = self._path(outputs[file["OutputName"]]["S3Output"]["S3Uri"])
        found = json.loads((folder / file["FilePath"]).read_text("utf-8"))
        for part in inside["Path"].split("."):
            found = found[part]
        return found


_HOSTS = {"current_host": "algo-1", "hosts": ["algo-1"]}


def _needs(step: Mapping[str, Any]) -> set[str]:
    """Return the names of the steps whose results a step uses."""
    used = set(re.findall(r'"Steps\.([\w-]+)\.', json.dumps(step)))
    return (used | set(step.get("DependsOn", ()))) - {step["Name"]}


def _every(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from _every(step.get("Arguments", {}).get(branch, ()))


def _inside(root: Path, path: str) -> Path:
    return root / Path(path).relative_to("/opt/ml")


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")
