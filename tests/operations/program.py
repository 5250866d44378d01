"""Runs `sagemaker-platform` in the process of a test."""

import pytest

from operations.cli import app


def run(*arguments: object) -> int:
    """Run a verb; return its exit status. Use `capsys` for what it prints."""
    with pytest.raises(SystemExit) as ended:
        app(args=[str(argument) for argument in arguments], prog_name="sagemaker-platform")
    return int(ended.value.code or 0)
