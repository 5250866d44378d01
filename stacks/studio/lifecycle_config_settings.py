"""Settings of lifecycle configurations: scripts in this checkout."""

import base64
import re
from typing import Annotated

from pydantic import AfterValidator

from stacks.checkout import read_file
from stacks.fields import Settings, validation_error
from stacks.studio.app_settings import AppType

_MAX_ENCODED = 16_384


def _file(value: str) -> str:
    read_script(value)
    return value


def read_script(file: str) -> str:
    """Return the content of a script, which SageMaker must be able to run.

    Args:
        file: path from the top of this checkout, where the app runs.

    Raises:
        PydanticCustomError: there is no such file, or it is no script for SageMaker.
    """
    content = read_file(file)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise validation_error("must be a script in UTF-8") from None
    if b"\r" in content:
        raise validation_error("must have LF line endings, because bash fails at CR LF")
    if "\0" in text:
        raise validation_error("must be a script without zero bytes")
    if not re.match(r"#! *\S", text):
        raise validation_error("must begin with #!, such as #!/bin/bash")
    encoded = len(base64.b64encode(content))
    if encoded > _MAX_ENCODED:
        raise validation_error(
            f"must be at most {_MAX_ENCODED} characters long in base64; it has {encoded}. "
            "Fetch the rest from S3"
        )
    return text


class LifecycleConfigSettings(Settings):
    """A script that SageMaker runs when an app starts."""

    app_type: AppType
    """Type of app."""
    file: Annotated[str, AfterValidator(_file)]
    """Path of the script in this repository. It must be UTF-8 with LF line endings and at most
    16384 characters in base64. SageMaker stops it after five minutes."""

    @property
    def content(self) -> str:
        """The script."""
        return read_script(self.file)
