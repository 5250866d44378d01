"""The number of resources that CloudFormation accepts in one stack."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

_CDK_MESSAGE = re.compile(
    r"Number of resources in stack '(?P<stack>[^']+)': (?P<count>\d+) is greater than allowed "
    r"maximum of (?P<limit>\d+): (?P<types>.*)"
)


class TooManyResourcesError(Exception):
    """A stack has more resources than CloudFormation accepts; the message says how to fix it."""


@contextmanager
def refuse_large_stacks() -> Iterator[None]:
    """Report the CDK's error about a stack that is too large in terms of the settings.

    Raises:
        TooManyResourcesError: in place of the CDK's error, which is a JavaScript traceback.
    """
    try:
        yield
    except RuntimeError as error:
        match = _CDK_MESSAGE.search(str(error))
        if match is None:
            raise
        environment = match["stack"].split("/")[0]
        raise TooManyResourcesError(
            f"{match['stack']}: got {match['count']} resources; a stack must have at most "
            f"{match['limit']}. Spread them over more stacks (studio.user_stacks, "
            "inference.endpoint_stacks), or move users, endpoints or tables from "
            f"{environment} to another environment. Resources by type: {match['types']}"
        ) from None
