"""Width and height of texts (px) as Plotly draws them, from the metrics of Arial and its twins; wrapping.

Arial, Helvetica and Liberation Sans have the same widths, so that no browser is asked.
"""

import html
import re

# of 1000 units of an em, from the space to the tilde
ASCII = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778,
    722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278,
    278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
OTHERS = {"λ": 500, "γ": 500, "ε": 446, "·": 278, "²": 333, "³": 333, "’": 222, "‘": 222, "\u0302": 0}
OTHERS |= {"\u00a0": 278, "…": 1000, "→": 1000, "—": 1000, "½": 834}
OTHER, BOLD, SMALL, LINE = 640, 1.07, 0.7, 1.3  # line: from one to the next, in font sizes
LEVEL = re.compile(r"<(/?)(\w+)[^>]*>")
BETWEEN = re.compile(r" (?![^<]*>)")  # a blank that is not inside of a tag
GROUPS = "   "  # between entries of a legend in one line, which are not torn apart


def text_width(text: str, px: float) -> float:
    """Of the longest line of a text with Plotly's tags.

    >>> round(text_width("λ<sup>2</sup>", 10), 1), text_width("ab<br>a", 1000)
    (8.9, 1112.0)
    """
    return max((_line_width(line, px) for line in lines(text)), default=0.0)


def text_height(text: str, px: float) -> float:
    """From the top of the first line to the foot of the last."""
    return px * (1.15 + LINE * (len(lines(text)) - 1))


def lines(text: str) -> list[str]:
    return re.split(r"<br ?/?>", text)


def _line_width(line: str, px: float) -> float:
    width, small, bold, place = 0.0, 0, 0, 0
    for tag in (*LEVEL.finditer(line), None):
        piece = html.unescape(line[place : tag.start() if tag else None])
        width += sum(map(_letter, piece)) * SMALL ** (small > 0) * (BOLD if bold else 1)
        if tag:
            step, place = (-1 if tag[1] else 1), tag.end()
            small, bold = small + step * (tag[2] in ("sup", "sub")), bold + step * (tag[2] == "b")
    return width * px / 1000


def _letter(letter: str) -> int:
    code = ord(letter) - 32
    return ASCII[code] if 0 <= code < len(ASCII) else OTHERS.get(letter, OTHER)


def wrapped(text: str, px: float, room: float) -> str:
    """The text with line ends where it is wider than the room; a word stays whole.

    >>> wrapped("a long name", 10, 40)
    'a long<br>name'
    """
    if text_width(text, px) <= room:
        return text
    return "<br>".join(_wrapped_line(line, px, room) for line in lines(text))


def _wrapped_line(line: str, px: float, room: float) -> str:
    glue = GROUPS if GROUPS in line and text_width(line, px) > room else " "
    parts = line.split(GROUPS) if glue == GROUPS else BETWEEN.split(line)
    rows = [parts[0]]
    for part in parts[1:]:
        longer = rows[-1] + glue + part
        if text_width(longer, px) <= room:
            rows[-1] = longer
        else:
            rows.append(part)
    return "<br>".join(rows)
