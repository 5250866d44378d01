"""Elements of SVG: boxes, text, icons, and arrows, with one style for light and dark screens."""

from functools import cache
from pathlib import Path
from textwrap import wrap
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

_SVG = "http://www.w3.org/2000/svg"
_ICONS = Path(__file__).with_name("icons")
# Width of a character of Helvetica relative to its size: most are narrower, few wider.
_WIDTH, _WIDE = 0.51, 0.58

_LIGHT = """
  --paper: #ffffff; --frame: #c9d1d9; --ink: #1f2328; --soft: #57606a; --card: #f6f8fa;
  --band: #ffffff; --vpc: #8c4fff; --zone: #00a4a6; --link: #57606a;
  --write: #1a7f37; --write-ink: #ffffff; --read: #ddf4e4; --read-ink: #116329;
  --names: #eaeef2; --names-ink: #57606a;
  --added: #1a7f37; --changed: #bf8700; --removed: #cf222e;
"""
_DARK = """
  --paper: #0d1117; --frame: #3d444d; --ink: #e6edf3; --soft: #9aa4af; --card: #161b22;
  --band: #0d1117; --vpc: #a67aff; --zone: #2ec4c6; --link: #9aa4af;
  --write: #238636; --write-ink: #ffffff; --read: #12341f; --read-ink: #7ee2a0;
  --names: #21262d; --names-ink: #9aa4af;
  --added: #3fb950; --changed: #d29922; --removed: #f85149;
"""
_STYLE = f"""
svg {{ {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ svg {{ {_DARK} }} }}
.paper {{ fill: var(--paper); stroke: var(--frame); }}
.frame {{ fill: none; stroke: var(--frame); stroke-width: 1.5; }}
.vpc {{ fill: none; stroke: var(--vpc); stroke-width: 1.5; }}
.zone {{ fill: none; stroke: var(--zone); stroke-dasharray: 5 4; }}
.card {{ fill: var(--card); stroke: var(--frame); }}
.title {{ fill: var(--ink); font-size: 24px; font-weight: bold; }}
.head {{ fill: var(--ink); font-size: 15px; font-weight: bold; }}
.name {{ fill: var(--ink); font-size: 13px; font-weight: bold; }}
.text {{ fill: var(--soft); font-size: 12px; }}
.middle {{ text-anchor: middle; }} .end {{ text-anchor: end; }}
.write {{ fill: var(--write); }} .write-ink {{ fill: var(--write-ink); }}
.read {{ fill: var(--read); }} .read-ink {{ fill: var(--read-ink); }}
.part {{ fill: var(--read); stroke: var(--read-ink); stroke-dasharray: 4 3; }}
.names {{ fill: var(--names); }} .names-ink {{ fill: var(--names-ink); }}
.link {{ stroke: var(--link); stroke-width: 1.8; fill: none; }}
.tip {{ fill: var(--link); }}
.added {{ stroke: var(--added); stroke-width: 2.5; }}
.changed {{ stroke: var(--changed); stroke-width: 2.5; }}
.removed {{ stroke: var(--removed); stroke-width: 2.5; stroke-dasharray: 6 4; }}
.added-ink {{ fill: var(--added); }} .changed-ink {{ fill: var(--changed); }}
.removed-ink {{ fill: var(--removed); }}
"""


class Canvas:
    """A drawing that grows downwards.

    Args:
        width: in pixels; the height is given when it is written.
        title: what the picture shows, for screen readers.
        description: the same in a few sentences.
    """

    def __init__(self, width: int, title: str, description: str) -> None:
        self.width = width
        self._root = Element(
            "svg",
            {
                "xmlns": _SVG,
                "role": "img",
                "aria-labelledby": "title description",
                "font-family": "Helvetica, Arial, sans-serif",
            },
        )
        SubElement(self._root, "title", {"id": "title"}).text = title
        SubElement(self._root, "desc", {"id": "description"}).text = description
        SubElement(self._root, "style").text = _STYLE
        self._definitions = SubElement(self._root, "defs")
        tip = {"id": "tip", "viewBox": "0 0 10 10", "refX": "9", "refY": "5"}
        size = {"markerWidth": "8", "markerHeight": "8", "orient": "auto-start-reverse"}
        marker = SubElement(self._definitions, "marker", {**tip, **size})
        SubElement(marker, "path", {"class": "tip", "d": "M0 0 L10 5 L0 10 Z"})
        self._paper = SubElement(self._root, "rect", {"class": "paper", "rx": "10"})
        self._icons = set[str]()

    def box(self, x: int, y: int, width: int, height: int, style: str, radius: int = 6) -> None:
        """Draw a rectangle."""
        place = {"x": x, "y": y, "width": width, "height": height, "rx": radius}
        SubElement(
            self._root, "rect", {"class": style, **{key: str(one) for key, one in place.items()}}
        )

    def text(self, x: int, y: int, text: str, style: str, room: int = 0) -> None:
        """Write text; what has no room is cut, and stands in a tooltip."""
        element = SubElement(self._root, "text", {"class": style, "x": str(x), "y": str(y)})
        element.text = fit(text, room, style) if room else text
        if element.text != text:
            SubElement(element, "title").text = text

    def icon(self, x: int, y: int, size: int, name: str) -> None:
        """Draw the icon of a service of AWS."""
        if name not in self._icons:
            self._icons.add(name)
            source = _icon(name)
            symbol = SubElement(
                self._definitions,
                "symbol",
                {"id": f"icon-{name}", "viewBox": source.attrib["viewBox"]},
            )
            symbol.extend(one for one in source if one.tag != "title")
        place = {"x": x, "y": y, "width": size, "height": size}
        SubElement(
            self._root,
            "use",
            {"href": f"#icon-{name}", **{key: str(one) for key, one in place.items()}},
        )

    def arrow(self, points: list[tuple[int, int]]) -> None:
        """Draw an arrow along points."""
        line = " ".join(f"{'L' if index else 'M'}{x} {y}" for index, (x, y) in enumerate(points))
        SubElement(self._root, "path", {"class": "link", "d": line, "marker-end": "url(#tip)"})

    def svg(self, height: int) -> str:
        """Return the drawing."""
        self._root.set("viewBox", f"0 0 {self.width} {height}")
        place = {"x": 1, "y": 1, "width": self.width - 2, "height": height - 2}
        for key, one in place.items():
            self._paper.set(key, str(one))
        ElementTree.indent(self._root)
        return ElementTree.tostring(self._root, encoding="unicode") + "\n"


def lines(text: str, room: int) -> list[str]:
    """Return small text as up to three lines for a width in pixels; the last has all the rest."""
    every = wrap(text, _characters(room, "text")) or [""]
    return [*every[:2], " ".join(every[2:])] if len(every) > 2 else every


def _characters(room: int, style: str) -> int:
    size = {"title": 24, "head": 15, "name": 13}.get(style.split()[0], 12)
    return max(int(room / (size * (_WIDE if "text" not in style else _WIDTH))), 1)


def fit(text: str, room: int, style: str) -> str:
    """Return text that fits into a width in pixels, cut with three dots if it does not."""
    characters = _characters(room, style)
    return text if len(text) <= characters else text[: max(characters - 1, 1)].rstrip(" ,") + "…"


def width_of(text: str) -> int:
    """Return about how wide small text is."""
    return int(len(text) * 12 * _WIDTH) + 4


@cache
def _markup(name: str) -> str:
    text = (_ICONS / f"{name}.svg").read_text("utf-8")
    return text.replace(f' xmlns="{_SVG}"', "")


def _icon(name: str) -> Element:
    return ElementTree.fromstring(_markup(name))  # noqa: S314 - a file of this package
