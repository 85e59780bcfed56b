"""Several drawn figures as one: SVGs beside and under each other, with a letter for each."""

import re
from html import escape

from devdash.collection import letter
from devdash.export import PX_PER_INCH, PX_PER_POINT, Size

GAP_PX = 14
SIZE = re.compile(rb'<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')
NAMED = re.compile(r'(\bid="|url\(\s*(?:[\'"]|&quot;)?#|href="#)')


def panel_width(width_in: float, columns: int) -> float:
    """Of one panel, in inches."""
    return (width_in - (columns - 1) * GAP_PX / PX_PER_INCH) / columns


def size_of(svg: bytes) -> tuple[float, float]:
    """Width and height of an SVG, px."""
    stated = SIZE.search(svg[:2000])
    if not stated:
        raise ValueError(
            "composing: an SVG without width and height given; expected one that export.render made"
        )
    return float(stated[1]), float(stated[2])


def compose(panels: list[bytes], size: Size, columns: int, letters: bool) -> bytes:
    """One SVG of panels in rows, each at the top of its row; a row is as high as its highest panel."""
    width, em = size.width_in * PX_PER_INCH, size.font_pt * PX_PER_POINT
    strip = 1.5 * em if letters and len(panels) > 1 else 0
    pitch, parts, top = (width + GAP_PX) / columns, [], 0.0
    for start in range(0, len(panels), columns):
        row = panels[start : start + columns]
        for column, svg in enumerate(row):
            number, left = start + column, column * pitch
            if strip:
                parts.append(_letter(letter(number), left, top, em, size.family))
            parts.append(_nested(svg, f"p{number}-", left, top + strip))
        top += strip + max(size_of(svg)[1] for svg in row) + GAP_PX
    height = max(top - GAP_PX, 1)
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width:.2f}" height="{height:.2f}" viewBox="0 0 {width:.2f} {height:.2f}">'
        f'<rect width="{width:.2f}" height="{height:.2f}" fill="#ffffff"/>'
    )
    return (head + "".join(parts) + "</svg>").encode()


def _letter(text: str, left: float, top: float, size: float, font: str) -> str:
    look = f'font-family="{escape(font)}" font-size="{1.1 * size:.2f}" font-weight="bold" fill="#000000"'
    return f'<text x="{left:.2f}" y="{top + 1.15 * size:.2f}" {look}>{text}</text>'


def _nested(svg: bytes, prefix: str, left: float, top: float) -> str:
    """A panel within another SVG: moved there, with ids of its own, so that no clip is another's."""
    text = NAMED.sub(lambda part: part[0] + prefix, svg.decode())
    text = re.sub(r"^\s*(<\?xml[^>]*\?>)?\s*", "", text)
    return text.replace("<svg ", f'<svg x="{left:.2f}" y="{top:.2f}" ', 1)
