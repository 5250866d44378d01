"""Templates that are written, and the functions in them. Does not load the CDK."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_NAMES = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, kw_only=True)
class SynthesizedStack:
    """A stack whose template is written.

    Args:
        name: its name in CloudFormation.
        account: account it is deployed to.
        region: region it is deployed to.
        template: its template.
        file: where its template is written.
        environment: name of its CDK stage, if it is in one.
    """

    name: str
    account: str
    region: str
    template: Mapping[str, Any] = field(repr=False)
    file: str = ""
    environment: str = ""

    @property
    def resources(self) -> Mapping[str, Any]:
        """Its resources by logical id."""
        found: Mapping[str, Any] = self.template.get("Resources", {})
        return found

    @property
    def partition(self) -> str:
        """Partition of its region."""
        for start, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
            if self.region.startswith(start):
                return partition
        return "aws"


def fill_sub(
    argument: Any,
    *,
    value: Callable[[Any], object],
    attribute: Callable[[str], object],
    ref: Callable[[str], object],
) -> str:
    """Return the text of `Fn::Sub`.

    Args:
        argument: the text, or a list of the text and a map of values.
        value: returns a value of the map without intrinsic functions.
        attribute: returns an attribute, such as `Bucket.Arn`.
        ref: returns what `Ref` gives.
    """
    text, given = (argument, {}) if isinstance(argument, str) else argument

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in given:
            return str(value(given[name]))
        return str(attribute(name) if "." in name else ref(name))

    return _NAMES.sub(fill, text)
