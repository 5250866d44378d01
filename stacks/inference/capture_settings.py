"""Settings of keeping requests and responses."""

import ast
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stacks.checkout import read_file
from stacks.data_classes import DataClass
from stacks.fields import ContentType, Percentage, Settings, validation_error


def _hook(value: str) -> str:
    if not value.endswith(".py") or "/" not in value:
        raise validation_error(
            "must be a Python file in a folder, such as environments/redaction.py"
        )
    content = read_file(value)
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        raise validation_error(f"must be valid Python; got a syntax error{where}") from None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "redact":
            if len(node.args.posonlyargs) + len(node.args.args) == 1:
                return value
            raise validation_error("must define redact with one argument, the record")
    raise validation_error(
        "must define redact(record), which returns the record without data that must not be stored"
    )


class RedactionSettings(Settings):
    """Passing captured requests through a function of your own before anybody reads them."""

    file: Annotated[str, AfterValidator(_hook)]
    """Path of a Python file from the top of this checkout, with `redact(record)`: it gets each
    captured record, and returns the record to store, or None to drop it."""
    raw_days: Annotated[int, Field(ge=1, le=30)] = 7
    """How long records that failed redaction are kept for a retry."""


class DataCaptureSettings(Settings):
    """Keeping a sample of requests and responses, encrypted, in the environment."""

    sampling_percentage: Percentage = 100
    """Share of the requests that is captured."""
    capture: Literal["both", "requests", "responses"] = "both"
    """What is captured. If requests contain data that must not be stored, capture responses
    only."""
    csv_content_types: Annotated[list[ContentType], Field(max_length=10)] = []
    """Content types that are captured as text. Defaults to SageMaker's choice."""
    json_content_types: Annotated[list[ContentType], Field(max_length=10)] = []
    """Content types that are captured as JSON. Defaults to SageMaker's choice. All others are
    captured in base64."""
    data_class: DataClass | None = None
    """Class of the captured data. Endpoints share a bucket, which has the most protected class."""
    redaction: RedactionSettings | None = None
    """Redaction of captured records. Optional. If omitted, records are stored unchanged."""
