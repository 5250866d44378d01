"""Files of a fork that settings name."""

from pathlib import Path

from stacks.fields import validation_error


def read_file(file: str) -> bytes:
    """Return the content of a file of this checkout.

    Args:
        file: path from the top of this checkout, where the app runs.

    Raises:
        PydanticCustomError: there is no such file, or it is elsewhere.
    """
    path = Path(file)
    if path.is_absolute() or ".." in path.parts:
        raise validation_error("must be a path inside this repository")
    if not path.resolve().is_relative_to(Path.cwd().resolve()):
        raise validation_error(
            "must be a path inside this repository, and must not be a link to a file outside of it"
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise validation_error(
            f"cannot be read ({error.strerror}): paths are relative to the top of this repository"
        ) from None
