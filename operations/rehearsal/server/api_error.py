"""Errors of API calls."""


class ApiError(Exception):
    """An error that the calling SDK raises as `ClientError`."""

    def __init__(self, code: str, message: str) -> None:
        """Name the error code that the caller can catch."""
        super().__init__(message)
        self.code = code
