"""URI of the data of a model."""

import re
from typing import Annotated

from pydantic import AfterValidator

from stacks.fields import validation_error

_MODEL_DATA = re.compile(
    r"s3://[a-z0-9](?!\S*\.\.\S*/)[a-z0-9.-]{1,61}[a-z0-9]/(?=[^/]|$)[^*?$\s]*"
)


def _model_data(value: str) -> str:
    if _MODEL_DATA.fullmatch(value) is None:
        raise validation_error(
            "must be a file s3://bucket/key.tar.gz, or a prefix s3://bucket/prefix/ that ends in /"
        )
    return value


ModelDataUri = Annotated[str, AfterValidator(_model_data)]
"""S3 URI of a file, or of a prefix that ends in /."""
