"""Bars as SVG, without a library."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

_ROW, _LABELS, _BARS = 24, 290, 420


def draw(bars: Sequence[tuple[str, float]], *, unit: str) -> str:
    """Return a picture of labelled bars.

    Args:
        bars: labels and values.
        unit: of the values.
    """
    most = max(value for _, value in bars) or 1.0
    height = _ROW * len(bars) + 8
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LABELS + _BARS + 110}" '
        f'height="{height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for position, (label, value) in enumerate(bars):
        y = 4 + position * _ROW
        width = max(1.0, value / most * _BARS)
        lines += [
            f'<text x="{_LABELS - 8}" y="{y + 16}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{_LABELS}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 6}" '
            'fill="#2b6cb0"/>',
            f'<text x="{_LABELS + width + 6:.1f}" y="{y + 16}">{value:.2f} {unit}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
