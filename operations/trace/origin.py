"""From a container of a model to where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from operations.account import Account
from operations.assembly import Json
from operations.trace.accounts import Accounts, account_in
from operations.trace.approval import approver, registered_by
from operations.trace.hop import Hop, Hops, Reason, attempt
from operations.trace.lineage import Lineage
from operations.trace.run import OF_EXECUTION, OF_TRAINING, run_of, training

_OF_PACKAGE = ("group", "registered by", "approver")
FROM_PACKAGE = (*_OF_PACKAGE, *OF_EXECUTION, *OF_TRAINING, "code commit", "lineage")
"""Hops after a version of the registry, in order."""
_GOVERNANCE = ("risk", "intended_use")
"""Metadata of a version that says what a wrong model would do, and what the model is for."""
_DESCRIBED = "sagemaker describe-model-package"


@dataclass(frozen=True)
class Origin:
    """Yields where a container comes from.

    Attributes:
        hops: of the variant or component.
        accounts: where to ask.
        home: account of the endpoint.
        shown_image: whether the endpoint told which image it runs.
    """

    hops: Hops
    accounts: Accounts
    home: str
    shown_image: bool

    def of_data(self, data: str, *, call: str) -> Iterator[Hop]:
        """Yield the origin of a model that was not made of a version of the registry.

        Args:
            data: where the model data is; empty if the model has none.
            call: API call that told so.
        """
        hops = self.hops
        if data:
            yield hops.known("model data", data, call=call)
        else:
            yield hops.unknown("model data", "the model names none", call=call)
        why = "the model was made of an image and data, not of a version of the registry"
        yield hops.unknown("package", why, call=call)
        yield from hops.all_unknown((*_OF_PACKAGE, *OF_EXECUTION), "there is no package")
        lineage = Lineage(self.accounts.endpoint, data)
        yield from training(hops, self.accounts.endpoint, lineage.training_jobs(), [data])
        yield hops.unknown("code commit", "there is no package, which would record it")
        yield from lineage.hops(hops)

    def of_package(self, arn: str) -> Iterator[Hop]:
        """Yield the origin of a model that was made of a version of the registry."""
        hops = self.hops
        owner = self.accounts.of(arn, home=self.home)
        asked = owner or self.accounts.endpoint
        package = attempt(
            lambda: asked.ask(
                "sagemaker",
                "describe_model_package",
                ModelPackageName=arn,
                # Otherwise, AWS decrypts the model card, which takes kms:Decrypt.
                IncludedData="MetadataOnly",
            ),
            gone="the version was deleted from the registry",
        )
        foreign = "" if owner else _elsewhere(arn)
        if isinstance(package, Reason):
            yield hops.unknown("model data", "the package is not readable")
            yield hops.known("package", arn, f"not readable: {package.text}", call=_DESCRIBED)
            yield hops.known("group", _group(arn), call="sagemaker describe-model")
            reason = foreign or f"the package is not readable: {package.text}"
            yield from hops.all_unknown(FROM_PACKAGE[1:], reason)
            return
        containers = package.get("InferenceSpecification", {}).get("Containers", [])
        yield from self._artifacts(containers)
        status = package.get("ModelApprovalStatus", "without an approval status")
        yield hops.known("package", arn, status, call=_DESCRIBED)
        yield hops.known("group", _group(arn), call=_DESCRIBED)
        yield registered_by(hops, package)
        yield approver(hops, package, owner, foreign)
        recorded = package.get("CustomerMetadataProperties", {})
        for key in _GOVERNANCE:
            if value := recorded.get(key):
                what = key.replace("_", " ")
                yield hops.known(what, value, "of the package's metadata", call=_DESCRIBED)
        if owner is None:
            yield from hops.all_unknown((*OF_EXECUTION, *OF_TRAINING), foreign)
            yield _commit(hops, package, Reason(foreign))
            yield hops.unknown("lineage", foreign)
        else:
            yield from self._made(owner, package, [_data(one) for one in containers])

    def _artifacts(self, containers: Sequence[Json]) -> Iterator[Hop]:
        hops = self.hops
        for one in containers:
            image, digest = one.get("Image", ""), one.get("ImageDigest", "")
            if not self.shown_image and (digest or "@sha256:" in image):
                shown = f"{image}@{digest}" if digest else image
                yield hops.known("serving image", shown, "of the package", call=_DESCRIBED)
            elif not self.shown_image:
                why = f"the package records {image or 'no image'} without a digest"
                yield hops.unknown("serving image", why, call=_DESCRIBED)
            tag = one.get("ModelDataETag")
            if data := _data(one):
                yield hops.known("model data", data, f"ETag {tag}" if tag else "", call=_DESCRIBED)
            else:
                yield hops.unknown("model data", "the package records none", call=_DESCRIBED)

    def _made(self, owner: Account, package: Json, data: Sequence[str]) -> Iterator[Hop]:
        hops = self.hops
        arn = package["ModelPackageArn"]
        lineage = Lineage(owner, arn)
        made_by = package.get("MetadataProperties", {}).get("GeneratedBy", "")
        jobs: Sequence[str] | Reason
        parameters: Mapping[str, str] | Reason
        if ":pipeline/" in made_by:
            run = run_of(hops, owner, made_by, arn)
            yield from run.hops
            jobs, parameters = run.jobs, run.parameters
            if isinstance(jobs, Reason):
                found = lineage.training_jobs()
                jobs = jobs if isinstance(found, Reason) else found
        else:
            parameters = Reason(
                f"{made_by} made the package, not a pipeline"
                if made_by
                else "the package does not record what made it (MetadataProperties.GeneratedBy)"
            )
            yield from hops.all_unknown(OF_EXECUTION, parameters.text)
            jobs = [made_by] if ":training-job/" in made_by else lineage.training_jobs()
        yield from training(hops, owner, jobs, data)
        yield _commit(hops, package, parameters)
        yield from lineage.hops(hops)


def _commit(hops: Hops, package: Json, parameters: Mapping[str, str] | Reason) -> Hop:
    recorded = package.get("MetadataProperties", {})
    if commit := recorded.get("CommitId"):
        repository = recorded.get("Repository", "")
        return hops.known("code commit", commit, repository, call=_DESCRIBED)
    metadata = package.get("CustomerMetadataProperties", {})
    if commit := _named_commit(metadata):
        return hops.known("code commit", commit, "of the package's metadata", call=_DESCRIBED)
    if isinstance(parameters, Reason):
        return hops.unknown(
            "code commit",
            f"the package records none (MetadataProperties.CommitId), and {parameters.text}",
        )
    if commit := _named_commit(parameters):
        return hops.known(
            "code commit",
            commit,
            "a parameter of the pipeline execution",
            call="sagemaker list-pipeline-parameters-for-execution",
        )
    return hops.unknown(
        "code commit",
        "neither the package (MetadataProperties.CommitId) nor a parameter of the execution "
        "records it",
    )


def _named_commit(values: Mapping[str, str]) -> str:
    found = (value for key, value in values.items() if key.lower() in ("commit", "commitid"))
    return next((value for value in found if value not in ("", "unknown")), "")


def _data(container: Json) -> str:
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    return str(container.get("ModelDataUrl") or source.get("S3Uri", ""))


def _group(arn: str) -> str:
    """Return the group in the ARN of a version, `…:model-package/GROUP/VERSION`."""
    return arn.split("/")[1] if arn.count("/") > 1 else "none: the package has no versions"


def _elsewhere(arn: str) -> str:
    account = account_in(arn)
    return (
        f"it is in account {account}, which owns the registry. Give --owner-profile with a profile "
        "of a role there that may trace models"
    )
