"""The `Condition` element of IAM policies.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs.
multivalued context keys".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from operations.access.pattern import Context, arn_like, expand, glob, plain

Test = Callable[[str, str], bool]


def _number(test: Callable[[float, float], bool]) -> Test:
    def compare(wanted: str, value: str) -> bool:
        try:
            return test(float(value), float(wanted))
        except ValueError:
            return False

    return compare


def _seconds(text: str) -> float:
    if text.isdigit():
        return float(text)
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _date(test: Callable[[float, float], bool]) -> Test:
    def compare(wanted: str, value: str) -> bool:
        try:
            return test(_seconds(value), _seconds(wanted))
        except ValueError:
            return False

    return compare


def _address(wanted: str, value: str) -> bool:
    try:
        return ip_address(value) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def _like(wanted: str, value: str) -> bool:
    return glob(wanted).fullmatch(value) is not None


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "lessthan": lambda value, wanted: value < wanted,
    "lessthanequals": lambda value, wanted: value <= wanted,
    "greaterthan": lambda value, wanted: value > wanted,
    "greaterthanequals": lambda value, wanted: value >= wanted,
}
# What takes policy variables: the operators for strings and ARNs.
_WITH_VARIABLES: Mapping[str, Test] = {
    "stringequals": lambda wanted, value: plain(wanted) == value,
    "stringequalsignorecase": lambda wanted, value: plain(wanted).lower() == value.lower(),
    "stringlike": _like,
    "arnequals": arn_like,
    "arnlike": arn_like,
}
_WITHOUT_VARIABLES: Mapping[str, Test] = {
    **{f"numeric{name}": _number(test) for name, test in _COMPARISONS.items()},
    **{f"date{name}": _date(test) for name, test in _COMPARISONS.items()},
    "bool": lambda wanted, value: wanted.lower() == value.lower(),
    "binaryequals": lambda wanted, value: wanted == value,
    "ipaddress": _address,
}
_NEGATED: Mapping[str, str] = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}
_SETS = ("", "forallvalues", "foranyvalue")


@dataclass(frozen=True)
class Condition:
    """One operator on one condition key.

    Attributes:
        operator: the operator as the policy writes it.
        key: the condition key as the policy writes it.
        values: the values, any of which may match.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    _name: str
    _test: Test | None
    _set: str
    _negated: bool
    _if_exists: bool
    _variables: bool

    @classmethod
    def parse(cls, operator: str, key: str, values: Any, *, variables: bool) -> "Condition":
        """Read one condition of a policy.

        Args:
            operator: such as ``ForAllValues:StringEquals``.
            key: such as ``aws:TagKeys``.
            values: one or several strings, numbers or booleans.
            variables: whether the version of the policy knows variables.

        Raises:
            ValueError: if IAM has no such operator.
        """
        of_set, _, name = operator.lower().rpartition(":")
        if_exists = name.endswith("ifexists")
        name = name.removesuffix("ifexists")
        positive = _NEGATED.get(name, name)
        test = _WITH_VARIABLES.get(positive) or _WITHOUT_VARIABLES.get(positive)
        if of_set not in _SETS or (test is None and name != "null"):
            raise ValueError(f"{operator}: got {operator!r}; must be a condition operator of IAM.")
        return cls(
            operator,
            key.lower(),
            tuple(_text(value) for value in _listed(values)),
            name,
            test,
            of_set,
            name in _NEGATED,
            if_exists,
            variables and positive in _WITH_VARIABLES,
        )

    def holds(self, context: Context) -> bool:
        """Whether a request with these condition keys meets the condition."""
        found = context.get(self.key)
        present = found is not None and found != []
        if self._test is None:
            return any(present != (wanted.lower() == "true") for wanted in self.values)
        if not present:
            if self._set == "foranyvalue":
                return False
            return self._set == "forallvalues" or self._if_exists or self._negated
        assert found is not None
        values = [found] if isinstance(found, str) else found
        matches = [self._matches(value, context) != self._negated for value in values]
        if self._set == "forallvalues" or (not self._set and self._negated):
            return all(matches)
        return any(matches)

    def _matches(self, value: str, context: Context) -> bool:
        assert self._test is not None
        for wanted in self.values:
            text = expand(wanted, context) if self._variables else wanted
            if text is not None and self._test(text, value):
                return True
        return False

    def missed(self, context: Context) -> str:
        """Say what the request has in place of what the condition asks for."""
        found = context.get(self.key)
        has = "has no such key" if found is None else f"has {_shown(found)}"
        return f"{self.operator} {self.key} {_shown(self.values)}, the request {has}"


def parse_conditions(block: Mapping[str, Any], *, variables: bool) -> tuple[Condition, ...]:
    """Read the `Condition` element of a statement; all of its conditions have to hold."""
    return tuple(
        Condition.parse(operator, key, values, variables=variables)
        for operator, keys in block.items()
        for key, values in keys.items()
    )


def _listed(values: Any) -> Sequence[Any]:
    return values if isinstance(values, list) else [values]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(values: str | Iterable[str]) -> str:
    found = [values] if isinstance(values, str) else list(values)
    if len(found) == 1:
        return found[0]
    return f"[{', '.join(found[:3])}{', ...' if len(found) > 3 else ''}]"
