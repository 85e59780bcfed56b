"""Texts whose tokens stand in lines of a fixed number of letters: as many as the page is wide."""

import html

from devdash.figures.fitting.sheet import EDGE, Sheet

LETTER = 0.602  # width of a letter of a monospaced font, in font sizes
LINE_END = "↵"


def lay_out(words: list[str], letters: int) -> list[tuple[int, int]]:
    """Column and line at which each word starts; a line ends with a line end or where it is full.

    >>> lay_out(["ab", "c↵", "d"], 10), lay_out(["ab", "cd"], 3)
    ([(0, 0), (2, 0), (0, 1)], [(0, 0), (0, 1)])
    """
    column = line = 0
    places = []
    for word in words:
        if column and column + len(word) > letters:
            column, line = 0, line + 1
        places.append((column, line))
        column += len(word)
        if LINE_END in word:
            column, line = 0, line + 1
    return places


def fill_lines(sheet: Sheet) -> None:
    """Break the lines of a text anew for the sheet's width, boxes with words. Figures of a text say in their
    meta how many words their first trace has, and as many boxes come first among the shapes."""
    meta = sheet.layout.get("meta") or {}
    if "words" not in meta:
        return
    trace = sheet.data[0]
    words = [html.unescape(text) for text in trace["text"]]
    letters = int((sheet.width - 2 * EDGE) / (LETTER * trace["textfont"]["size"]))
    places = lay_out(words, letters)
    trace["x"] = [x + len(word) / 2 for (x, _), word in zip(places, words, strict=True)]
    trace["y"] = [y for _, y in places]
    boxes = sheet.layout["shapes"][: meta["words"]]
    for box, (x, y), word in zip(boxes, places, words, strict=True):
        box |= {"x0": x, "x1": x + len(word), "y0": y - 0.45, "y1": y + 0.45}
    count = places[-1][1] + 1
    sheet.axis("xaxis")["range"] = [0, letters]
    top = sheet.axis("yaxis")["range"][1]
    sheet.axis("yaxis")["range"] = [count - 0.5, top]
    sheet.body = meta["line_px"] * (count - 0.5 - top)
