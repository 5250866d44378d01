"""Exports the model card of a registered version: with its metrics, its approval and its origin.

Amazon SageMaker exports model cards of its own kind (`CreateModelCardExportJob`), and not those
of versions in the model registry.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import OperationError
from operations.model_report import report_of
from operations.review.page import STYLE

_VERSION = re.compile(r"arn:[\w-]+:sagemaker:[\w-]+:\d{12}:model-package/([\w-]+)/(\d+)")
_FOLDER = re.compile(r"s3://([^/]+)/(models/[^/]+)/")
Json = dict[str, Any]


class ModelCardExport:
    """The model card of a version.

    Args:
        session: makes clients, such as `boto3.Session`.
        arn: of the version.

    Attributes:
        name: group and number of the version.
        card: content by AWS's schema for model cards of versions.

    Raises:
        OperationError: the ARN is none of a version, or the version cannot be read.
    """

    def __init__(self, session: Any, arn: str) -> None:
        match = _VERSION.fullmatch(arn)
        if match is None:
            raise OperationError(
                f"VERSION: got {arn}; must be the ARN of a version, such as arn:aws:sagemaker:"
                "eu-west-1:111111111111:model-package/dev-churn/7"
            )
        self.name = f"{match[1]}-{match[2]}"
        self._number = match[2]
        self._s3 = session.client("s3")
        try:
            self._package = session.client("sagemaker").describe_model_package(ModelPackageName=arn)
        except (BotoCoreError, ClientError) as error:
            raise OperationError(f"{arn}: cannot be read: {error}") from None
        self.card = _card(self._package, report_of(self._s3, self._package))

    @property
    def text(self) -> str:
        """The card as JSON."""
        return json.dumps(self.card, indent=2, ensure_ascii=False) + "\n"

    @property
    def page(self) -> str:
        """The card as a page without anything from elsewhere, to read and to print."""
        title = html.escape(f"Model card of {self.name}")
        return (
            f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
            f"{''.join(_shown(self.card, 2))}\n</body>\n</html>\n"
        )

    def store(self) -> list[str]:
        """Put the card next to the model, where the bucket encrypts it; return the URIs.

        Raises:
            OperationError: the model is elsewhere, or the bucket refuses.
        """
        containers = (self._package.get("InferenceSpecification") or {}).get("Containers") or [{}]
        data = str(containers[0].get("ModelDataUrl") or "")
        match = _FOLDER.match(data)
        if match is None:
            raise OperationError(
                f"--store: the model is at {data or 'an unknown place'}; must be in the folder "
                "models/ of an environment. Use --output, and store the files yourself"
            )
        stored = []
        for suffix, text, kind in (
            ("json", self.text, "application/json"),
            ("html", self.page, "text/html; charset=utf-8"),
        ):
            key = f"{match[2]}/cards/{self._number}.{suffix}"
            try:
                self._s3.put_object(Bucket=match[1], Key=key, Body=text.encode(), ContentType=kind)
            except (BotoCoreError, ClientError) as error:
                raise OperationError(f"s3://{match[1]}/{key}: cannot be written: {error}") from None
            stored.append(f"s3://{match[1]}/{key}")
        return stored


def _card(package: Mapping[str, Any], metrics: Mapping[str, float]) -> Json:
    given = (package.get("ModelCard") or {}).get("ModelCardContent")
    try:
        found = json.loads(given or "{}")
    except ValueError:
        found = None
    card: Json = found if isinstance(found, dict) else {}
    if metrics:
        evaluations = card.setdefault("evaluation_details", [])
        if not evaluations:
            evaluations.append({"name": "Quality"})
        evaluations[0].setdefault("metric_groups", []).append(
            {
                "name": "Report",
                "metric_data": [
                    {"name": name, "type": "number", "value": value}
                    for name, value in sorted(metrics.items())
                ],
            }
        )
    details = card.setdefault("additional_information", {}).setdefault("custom_details", {})
    for key, value in _facts(package).items():
        if value:
            details.setdefault(key, str(value)[:1024])
    return card


def _facts(package: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = package.get("MetadataProperties") or {}
    custom = package.get("CustomerMetadataProperties") or {}

    def person(key: str) -> Any:
        return ((package.get(key) or {}).get("IamIdentity") or {}).get("Arn")

    return {
        "version": package.get("ModelPackageArn"),
        "approval": package.get("ModelApprovalStatus"),
        "approval reason": package.get("ApprovalDescription"),
        "registered by": person("CreatedBy"),
        "last changed by": person("LastModifiedBy"),
        "commit": metadata.get("CommitId"),
        "pipeline execution": custom.get("execution") or metadata.get("GeneratedBy"),
        "data": custom.get("data"),
    }


def _shown(value: Any, level: int) -> Iterator[str]:
    """Yield the HTML of a part of a card."""
    if isinstance(value, Mapping):
        plain = {key: one for key, one in value.items() if not isinstance(one, Mapping | list)}
        if plain:
            rows = "".join(
                f"<tr><th>{_words(key)}</th><td>{html.escape(str(one))}</td></tr>"
                for key, one in plain.items()
            )
            yield f"<table>{rows}</table>"
        for key, one in value.items():
            if key not in plain and one:
                tag = f"h{min(level, 6)}"
                yield f"<{tag}>{_words(key)}</{tag}>"
                yield from _shown(one, level + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _shown(one, level)
    else:
        yield f"<p>{html.escape(str(value))}</p>"


def _words(key: str) -> str:
    return html.escape(key.replace("_", " ").capitalize())
