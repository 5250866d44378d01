"""Row filters: the subset of PartiQL that Lake Formation accepts.

Source: AWS Lake Formation Developer Guide, "PartiQL support in row filter expressions", read on
2026-11-27: columns compared with constants of their type, joined by AND, OR and NOT. Functions,
casts and comparisons of columns with columns are refused.

    expression = and-part { "OR" and-part }
    and-part   = not-part { "AND" not-part }
    not-part   = [ "NOT" ] ( "(" expression ")" | comparison )
    comparison = column ( operator value | "IS" [ "NOT" ] "NULL"
                 | [ "NOT" ] ( "IN" "(" value { "," value } ")" | "BETWEEN" value "AND" value
                             | "LIKE" string [ "ESCAPE" string ] ) )
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from stacks.fields import close_to
from stacks.lakehouse.column_grammar import word_of

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<quoted>\"[^\"]+\")"
    r"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator><=|>=|<>|!=|[=<>])|(?P<mark>[(),.]))"
)
_NUMBERS = ("int", "long", "float", "double", "decimal")
_KIND_OF = {**dict.fromkeys(_NUMBERS, "number"), "string": "string", "boolean": "boolean"}
_EXAMPLES = {"number": "10000", "string": "'DE'", "boolean": "true"}


class RowFilterError(ValueError):
    """A condition that Lake Formation refuses; the message says what it must be."""


class _Token(NamedTuple):
    kind: str
    text: str


@cache
def _keywords() -> frozenset[str]:
    lines = Path(__file__).with_name("partiql_keywords.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def check_row_filter(condition: str, columns: Mapping[str, str | None]) -> None:
    """Refuse a condition on rows that Lake Formation refuses.

    Args:
        condition: the condition.
        columns: types of the table's columns by name; None for a type that is not known.

    Raises:
        RowFilterError: the condition is wrong.
    """
    parser = _Parser(_tokens(condition), columns)
    parser.expression()
    parser.end()


def _tokens(condition: str) -> list[_Token]:
    found, position = [], 0
    text = condition.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].strip()
            if rest.startswith("'"):
                raise RowFilterError("must end each string with a single quote")
            raise RowFilterError(
                f"must compare columns with constants, such as country = 'DE'; {rest[:20]!r} is "
                "not part of such a condition"
            )
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind]))
        position = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[_Token], columns: Mapping[str, str | None]) -> None:
        self._tokens = tokens
        self._columns = columns
        self._position = 0

    def expression(self) -> None:
        self._part()
        while self._take("or"):
            self._part()

    def end(self) -> None:
        if self._position < len(self._tokens):
            raise RowFilterError(
                f"must join comparisons with AND or OR; got {self._shown} after a complete one"
            )

    def _part(self) -> None:
        self._negatable()
        while self._take("and"):
            self._negatable()

    def _negatable(self) -> None:
        self._take("not")
        if self._take("("):
            self.expression()
            self._require(")")
        else:
            self._comparison()

    def _comparison(self) -> None:
        name, kind = self._column()
        if self._next.kind == "operator":
            self._position += 1
            self._value(name, kind)
        elif self._take("is"):
            self._take("not")
            self._require("null")
        else:
            negated = self._take("not")
            self._range(name, kind, negated=negated)

    def _range(self, name: str, kind: str | None, *, negated: bool) -> None:
        if self._take("in"):
            self._require("(")
            self._value(name, kind)
            while self._take(","):
                self._value(name, kind)
            self._require(")")
        elif self._take("between"):
            self._value(name, kind)
            self._require("and")
            self._value(name, kind)
        elif self._take("like"):
            if kind not in ("string", None):
                raise RowFilterError(f"must use LIKE only with strings; {name} is a {kind}")
            self._value(name, "string")
            if self._take("escape"):
                self._value(name, "string")
        else:
            words = "IN, BETWEEN or LIKE" if negated else "an operator such as =, IN or LIKE"
            raise RowFilterError(f"must have {words} after {name}; got {self._shown}")

    def _column(self) -> tuple[str, str | None]:
        """Read a column, and return its name and the kind of its values, if it is known."""
        token = self._next
        after = self._tokens[self._position + 1 : self._position + 2]
        if token.kind in ("string", "number"):
            raise RowFilterError(
                f"must have the column on the left of a comparison; got {token.text}"
            )
        if token.kind == "word" and after and after[0].text == "(":
            raise RowFilterError(f"must not call functions; got {token.text}")
        if token.kind not in ("word", "quoted"):
            raise RowFilterError(f"must have a column; got {self._shown}")
        name = token.text.strip('"').lower()
        if name not in self._columns:
            raise RowFilterError(
                f"names {name}, which is not a column of the table"
                f"{close_to(name, [*self._columns])}"
            )
        if token.kind == "word" and name in _keywords():
            raise RowFilterError(
                f'must have "{name}" in double quotes, because {name} is a keyword of PartiQL'
            )
        self._position += 1
        nested = False
        while self._take("."):
            nested = True
            if self._next.kind not in ("word", "quoted"):
                raise RowFilterError(f"must name a field after the period; got {self._shown}")
            self._position += 1
        word = word_of(self._columns[name] or "")
        if nested or not word:
            return name, None
        if word not in _KIND_OF:
            raise RowFilterError(
                f"must compare only strings, numbers and booleans; {name} is a {word}, "
                "which Lake Formation does not support in row filters"
            )
        return name, _KIND_OF[word]

    def _value(self, name: str, kind: str | None) -> None:
        token = self._next
        found = token.kind
        if found == "word" and token.text.lower() in ("true", "false"):
            found = "boolean"
        elif found == "word" and token.text.lower() == "null":
            raise RowFilterError(f"must compare with NULL by IS NULL, such as {name} IS NULL")
        elif found in ("word", "quoted"):
            raise RowFilterError(
                f"must compare {name} with a constant; got {token.text}. Put strings in "
                "single quotes. Filters support neither other columns nor functions here"
            )
        if found not in _EXAMPLES:
            raise RowFilterError(f"must have a constant; got {self._shown}")
        if kind is not None and found != kind:
            raise RowFilterError(
                f"must compare {name} with a {kind}, such as {_EXAMPLES[kind]}; got {token.text}"
            )
        self._position += 1

    @property
    def _next(self) -> _Token:
        if self._position < len(self._tokens):
            return self._tokens[self._position]
        return _Token("end", "the end")

    @property
    def _shown(self) -> str:
        return self._next.text if self._next.kind == "end" else repr(self._next.text)

    def _take(self, text: str) -> bool:
        """Read a word or a mark, if it comes next."""
        token = self._next
        if token.kind in ("word", "mark") and token.text.lower() == text:
            self._position += 1
            return True
        return False

    def _require(self, text: str) -> None:
        if not self._take(text):
            raise RowFilterError(f"must have {text.upper()}; got {self._shown}")
