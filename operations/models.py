"""Looks up models of registries and hubs, and writes the lock file of an environment.

A synth calls no service, so that it gives the same templates every time. What a settings file
takes from a model registry (`model_package`) or a hub (`hub_content`) is looked up here with the
caller's credentials and written into `<environment>.lock.json` next to the file. Nothing is
written if any model cannot be found.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import OperationError
from stacks.inference.capability import Inference
from stacks.inference.catalog_settings import PUBLIC_HUB, HubContentSettings, ModelPackageSettings
from stacks.inference.lock import Lock, LockedModel, LockedVariant, LockError
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
        lock = Lock.beside(file)
    except LockError:
        # It is written anew.
        lock = Lock(file.with_suffix(".lock.json"), {})
    requests = list(requests_of(environment))
    found: dict[str, LockedModel] = {}
    faults: list[str] = []
    if requests:
        try:
            registry = Registry(environment)
        except LookUpError as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 1
        for request in requests:
            try:
                if request.wanted.key not in found:
                    found[request.wanted.key] = registry.find(request.wanted)
            except LookUpError as error:
                faults.append(f"{file}: {request.path}: {error}")
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    print(*_changes(file, lock.models, found), sep="\n")
    Lock(lock.path, found).write()
    return 0


def requests_of(environment: EnvironmentSettings) -> Iterator[Request]:
    """Return what an environment takes from registries and hubs."""
    inference = environment.find(Inference)
    if inference is not None:
        for path, model in inference.settings.models():
            if model.looked_up is not None:
                yield Request(f"inference.{path}", model.looked_up)


class Registry:
    """SageMaker in an environment's account and region.

    Raises:
        LookUpError: the credentials are missing, or of another account.
    """

    def __init__(self, environment: EnvironmentSettings) -> None:
        self._region = environment.region
        session = boto3.Session(region_name=environment.region)
        try:
            account = session.client("sts").get_caller_identity()["Account"]
            self._sagemaker = session.client("sagemaker")
        except (BotoCoreError, ClientError) as error:
            raise LookUpError(f"no credentials that AWS accepts: {error}") from None
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
        answer: Answer = self._sagemaker.describe_model_package(ModelPackageName=arn)
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
            raise LookUpError(f"{wanted.key}: its document is no JSON") from None
        image = document.get("HostingEcrUri")
        if image is None:
            raise LookUpError(f"{wanted.key}: its document names no container to serve it")
        packed = document.get("HostingPrepackedArtifactUri")
        with_scripts = document.get("HostingUseScriptUri", True) is not False
        if packed is None and with_scripts and document.get("HostingScriptUri"):
            raise LookUpError(
                f"{wanted.key}: its scripts are not packed with its data, which has to be "
                "done before it can be served"
            )
        data = packed or document.get("HostingArtifactUri")
        kind = document.get("HostingArtifactCompressionType", "Gzip")
        if kind == "Gzip" and str(data).endswith("/"):
            # A prefix is copied as it is, whatever the document says.
            kind = "None"
        is_reference = answer["HubContentType"] == "ModelReference"
        return LockedModel(
            image=image,
            model_data=data,
            compressed=kind == "Gzip",
            environment=_defaults(document.get("InferenceEnvironmentVariables", [])),
            hub_content_arn=answer["HubContentArn"] if is_reference else None,
            eula=document.get("HostingEulaUri"),
            instance_types=sorted(document.get("SupportedInferenceInstanceTypes", [])),
            variants=_variants(document.get("HostingInstanceTypeVariants") or {}),
        )

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


def _defaults(variables: Sequence[Answer]) -> dict[str, str]:
    """Return environment variables that have a value."""
    return {
        variable["Name"]: str(variable["Default"])
        for variable in variables
        if variable.get("Default") not in (None, "")
    }


def _variants(found: Answer) -> dict[str, LockedVariant]:
    """Return what differs by instance type or family; images are named by aliases there."""
    aliases = found.get("Aliases") or {}
    variants: dict[str, LockedVariant] = {}
    for name, variant in (found.get("Variants") or {}).items():
        properties = variant.get("Properties") or {}
        image = properties.get("ImageUri")
        if image is not None and image.startswith("$"):
            image = aliases.get(image.removeprefix("$"))
        environment = properties.get("EnvironmentVariables") or {}
        data = properties.get("PrepackedArtifactUri") or properties.get("ArtifactUri")
        one = LockedVariant(
            image=image,
            model_data=data if str(data).startswith("s3://") else None,
            environment={key: str(value) for key, value in environment.items()},
        )
        if one != LockedVariant():
            variants[name] = one
    return variants


def _changes(
    file: Path, before: Mapping[str, LockedModel], after: Mapping[str, LockedModel]
) -> Iterator[str]:
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
    if not before and not after:
        yield f"{file}: takes no model from a registry or a hub"
