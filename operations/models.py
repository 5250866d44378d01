"""Looks up models of registries and hubs, and writes the lock file of an environment.

A synth calls no service, so that it gives the same templates every time. What a settings file
takes from a model registry (`model_package`) or a hub (`hub_content`) is looked up here with the
caller's credentials and written into `<environment>.lock.json` next to the file. Nothing is
written if any model cannot be found. The figures of a `large_model` come from the `config.json`
of its data, if the caller may read it.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.account import refused_credentials
from operations.errors import OperationError
from operations.hub_documents import DocumentError, read_document
from sagemaker_platform.catalog.model_figures import FiguresError, ModelFigures, read_figures
from stacks.inference.capability import Inference
from stacks.inference.catalog_settings import PUBLIC_HUB, HubContentSettings, ModelPackageSettings
from stacks.inference.lock import Lock, LockedModel, LockError
from stacks.settings import EnvironmentSettings

Answer = Mapping[str, Any]


class LookUpError(OperationError):
    """A model that cannot be looked up; the message says which, and why."""


class Request(NamedTuple):
    """A model to look up, and what wants it."""

    path: str
    wanted: ModelPackageSettings | HubContentSettings


def look_up(environment: EnvironmentSettings, file: Path) -> int:
    """Look up the models of one environment and write its lock file; return the exit status."""
    try:
        lock = Lock.next_to(file)
    except LockError:
        # It is written anew.
        lock = Lock(file.with_suffix(".lock.json"), {})
    requests, large = list(requests_of(environment)), list(large_models_of(environment))
    found: dict[str, LockedModel] = {}
    figures: dict[str, ModelFigures] = {}
    faults: list[str] = []
    if requests or large:
        try:
            registry = Registry(environment)
        except LookUpError as error:
            print(f"{file}: {error}", file=sys.stderr)
            # Without figures, the memory of large models is estimated by their size.
            return 1 if requests else 0
        for request in requests:
            try:
                if request.wanted.key not in found:
                    found[request.wanted.key] = registry.find(request.wanted)
            except LookUpError as error:
                faults.append(f"{file}: {request.path}: {error}")
        for path, uri in large:
            try:
                if uri not in figures:
                    figures[uri] = registry.figures(uri)
            except LookUpError as error:
                print(f"{file}: {path}: estimated by size: {error}", file=sys.stderr)
                if uri in lock.figures:
                    figures[uri] = lock.figures[uri]
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    print(*_changes(file, lock, Lock(lock.path, found, figures)), sep="\n")
    Lock(lock.path, found, figures).write()
    return 0


def requests_of(environment: EnvironmentSettings) -> Iterator[Request]:
    """Return what an environment takes from registries and hubs."""
    inference = environment.find(Inference)
    if inference is not None:
        for path, model in inference.settings.models():
            if model.looked_up is not None:
                yield Request(f"inference.{path}", model.looked_up)


def large_models_of(environment: EnvironmentSettings) -> Iterator[tuple[str, str]]:
    """Return the path and the data of each large model without a `config.json` of its own."""
    inference = environment.find(Inference)
    if inference is not None:
        for path, model in inference.settings.models():
            large, data = model.large_model, model.model_data or ""
            if large is not None and large.config is None and data.endswith("/"):
                yield f"inference.{path}.large_model", data


class Registry:
    """SageMaker in an environment's account and region.

    Raises:
        LookUpError: the credentials are missing, or of another account.
    """

    def __init__(self, environment: EnvironmentSettings) -> None:
        self._region = environment.region
        session = self._session = boto3.Session(region_name=environment.region)
        try:
            account = session.client("sts").get_caller_identity()["Account"]
            self._sagemaker = session.client("sagemaker")
        except (BotoCoreError, ClientError) as error:
            raise LookUpError(refused_credentials(environment.account, error)) from None
        if account != environment.account:
            raise LookUpError(
                f"the credentials are of account {account}, and the environment is in "
                f"{environment.account}"
            )

    def find(self, wanted: ModelPackageSettings | HubContentSettings) -> LockedModel:
        """Look a model up.

        Raises:
            LookUpError: it is not there, or cannot be used.
        """
        try:
            if isinstance(wanted, HubContentSettings):
                return self._hub_content(wanted)
            return self._package(wanted.arn or self._latest(str(wanted.latest_approved)))
        except (BotoCoreError, ClientError) as error:
            raise LookUpError(f"{wanted.key}: {error}") from None

    def _latest(self, group: str) -> str:
        versions: dict[int, str] = {}
        pages = self._sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved"
        )
        for page in pages:
            for package in page["ModelPackageSummaryList"]:
                if package["ModelPackageStatus"] == "Completed":
                    arn = package["ModelPackageArn"]
                    versions[package.get("ModelPackageVersion", 0)] = arn
        if not versions:
            raise LookUpError(f"{group}: has no approved version: approve one first")
        return versions[max(versions)]

    def _package(self, arn: str) -> LockedModel:
        # The card of a model may have a key of its owner.
        answer: Answer = self._sagemaker.describe_model_package(
            ModelPackageName=arn, IncludedData="MetadataOnly"
        )
        status = answer.get("ModelApprovalStatus", "Approved")
        if status != "Approved":
            raise LookUpError(f"{arn}: is {status}: approve it first")
        specification = answer.get("InferenceSpecification") or {}
        containers = specification.get("Containers", [])
        if len(containers) != 1:
            raise LookUpError(
                f"{arn}: has {len(containers)} containers for inference, and an endpoint takes "
                "the version with one"
            )
        container = containers[0]
        if "Image" not in container:
            raise LookUpError(f"{arn}: names no image, only a base model")
        source = container.get("ModelDataSource", {}).get("S3DataSource", {})
        data = container.get("ModelDataUrl") or source.get("S3Uri")
        return LockedModel(
            image=container["Image"],
            model_data=data,
            compressed=bool(data) and source.get("CompressionType", "Gzip") == "Gzip",
            model_package_arn=answer["ModelPackageArn"],
            instance_types=sorted(specification.get("SupportedRealtimeInferenceInstanceTypes", [])),
        )

    def _hub_content(self, wanted: HubContentSettings) -> LockedModel:
        answer = self._describe(wanted)
        try:
            document: Answer = json.loads(answer["HubContentDocument"])
        except ValueError:
            raise LookUpError(f"{wanted.key}: its document is not valid JSON") from None
        try:
            return read_document(
                document,
                reference=answer["HubContentArn"]
                if answer["HubContentType"] == "ModelReference"
                else None,
            )
        except DocumentError as error:
            raise LookUpError(f"{wanted.key}: {error}") from None

    def figures(self, uri: str) -> ModelFigures:
        """Return the figures of a large model from the `config.json` of its data.

        Raises:
            LookUpError: the data or their `config.json` cannot be read.
        """
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        try:
            s3 = self._session.client("s3")
            body = s3.get_object(Bucket=bucket, Key=f"{prefix}config.json")["Body"]
            return read_figures(dict(json.loads(body.read())))
        except (BotoCoreError, ClientError, FiguresError, TypeError, ValueError) as error:
            raise LookUpError(f"{uri}config.json: {error}") from None

    def _describe(self, wanted: HubContentSettings) -> Answer:
        """Return a model of a hub, or what stands there for one of the public hub."""
        kinds = ["Model"] if wanted.hub == PUBLIC_HUB else ["ModelReference", "Model"]
        for kind in kinds:
            try:
                answer: Answer = self._sagemaker.describe_hub_content(
                    HubName=wanted.hub,
                    HubContentType=kind,
                    HubContentName=wanted.name,
                    HubContentVersion=wanted.version,
                )
            except self._sagemaker.exceptions.ResourceNotFound:
                continue
            if answer["HubContentStatus"] != "Available":
                raise LookUpError(f"{wanted.key}: is {answer['HubContentStatus']}")
            return answer
        raise LookUpError(f"{wanted.key}: the hub has no such model, or no such version")


def _changes(file: Path, old_lock: Lock, new_lock: Lock) -> Iterator[str]:
    before, after = old_lock.models, new_lock.models
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old == new:
            yield f"{file}: {key}: as before"
        elif new is None:
            yield f"{file}: {key}: no longer used"
        else:
            arns = [one.model_package_arn for one in (old, new) if one is not None]
            versions = [str(arn).rsplit("/", 1)[-1] for arn in arns if arn]
            what = " -> ".join(dict.fromkeys(versions)) or ("changed" if old else "found")
            yield f"{file}: {key}: {what}"
    for uri, figures in sorted(new_lock.figures.items()):
        same = old_lock.figures.get(uri) == figures
        yield f"{file}: {uri}config.json: {'as before' if same else 'read'}"
    if not before and not after and not new_lock.figures:
        yield f"{file}: takes no model from a registry or a hub"
