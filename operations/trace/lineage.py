"""What SageMaker's lineage says of a model: the data it goes back to, and its training jobs.

SageMaker records lineage itself: an artifact for each version of the registry and each S3 URI, and
a trial component for each job. (SageMaker guide, "Amazon SageMaker AI-Created Tracking Entities".)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from itertools import islice

from operations.account import Account
from operations.assembly import Json
from operations.trace.columns import Columns
from operations.trace.hop import Hop, Hops, Reason, attempt

_CALL = "sagemaker query-lineage"
# API reference, QueryLineage: at most 10.
_DEPTH = 10
# What an audit can still read.
_MOST = 100


class Lineage:
    """The lineage of one model.

    Args:
        account: where it is recorded.
        source: ARN of a version of the registry, or URI of model data; empty if neither is known.
    """

    def __init__(self, account: Account, source: str) -> None:
        self._account = account
        self._source = source

    @cached_property
    def _vertices(self) -> list[Json] | Reason:
        if not self._source:
            return Reason("no package or model data is known to start from")
        artifacts = attempt(
            lambda: list(
                self._account.every(
                    "sagemaker", "list_artifacts", "ArtifactSummaries", SourceUri=self._source
                )
            )
        )
        if isinstance(artifacts, Reason):
            return artifacts
        if not artifacts:
            return Reason(f"SageMaker recorded none for {self._source}")
        return attempt(lambda: list(islice(self._above(artifacts[0]["ArtifactArn"]), _MOST)))

    def _above(self, start: str) -> Iterator[Json]:
        """Yield what an artifact goes back to; boto3 has no paginator for it."""
        parameters: Json = {
            "StartArns": [start],
            "Direction": "Ascendants",
            "IncludeEdges": False,
            "MaxDepth": _DEPTH,
        }
        while True:
            page = self._account.ask("sagemaker", "query_lineage", **parameters)
            yield from page.get("Vertices", [])
            if not (token := page.get("NextToken")):
                return
            parameters["NextToken"] = token

    def training_jobs(self) -> Sequence[str] | Reason:
        """Return ARNs of the training jobs that the model goes back to."""
        found = self._vertices
        if isinstance(found, Reason):
            return Reason(f"no lineage: {found.text}")
        names = [
            one["Arn"].rpartition("/")[2]
            for one in found
            if one.get("LineageType") == "TrialComponent"
        ]

        def sources() -> list[str]:
            asked = (
                self._account.ask("sagemaker", "describe_trial_component", TrialComponentName=name)
                for name in names
            )
            return [arn for one in asked if (arn := one.get("Source", {}).get("SourceArn"))]

        arns = attempt(sources)
        if isinstance(arns, Reason):
            return arns
        jobs = [one for one in arns if ":training-job/" in one]
        return jobs or Reason("its lineage has no training job")

    def hops(self, hops: Hops) -> Iterator[Hop]:
        """Yield each data set that the model goes back to."""
        found = self._vertices
        if isinstance(found, Reason):
            yield hops.unknown("lineage", found.text, call=_CALL)
            return
        artifacts = [one for one in found if one.get("Type") == "DataSet"]
        if not artifacts:
            yield hops.unknown("lineage", "it has no data set", call=_CALL)
        columns = Columns(self._account)
        for one in artifacts:
            arn = one["Arn"]
            artifact = attempt(partial(self._artifact, arn))
            if isinstance(artifact, Reason):
                yield hops.unknown(
                    "lineage", f"{arn}: {artifact.text}", call="sagemaker describe-artifact"
                )
            else:
                source = artifact["Source"]["SourceUri"]
                yield hops.known("lineage", source, "data set", call=_CALL)
                yield from columns.hops(hops, source, call=_CALL)

    def _artifact(self, arn: str) -> Json:
        return self._account.ask("sagemaker", "describe_artifact", ArtifactArn=arn)
