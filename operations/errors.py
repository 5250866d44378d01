"""Errors that end a verb with a message in place of a traceback."""


class OperationError(Exception):
    """A verb cannot continue; the message says why and what to do."""
