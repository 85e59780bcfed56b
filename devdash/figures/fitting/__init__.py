"""A figure on a canvas of a given width: panels, margins, legend, titles and names from measured text.

Nothing lies over other text or outside of the page, whatever the figure was laid out for. Pure: widths come
from the font's metrics (`measure`), not from a browser.
"""

import base64

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.fitting import axes, notes, panels, words
from devdash.figures.fitting.measure import text_width
from devdash.figures.fitting.sheet import EDGE, Sheet

FULL_WIDTH, FARTHEST = 640, 1.7  # px of a canvas that shows a figure in space whole; times its distance
LEGEND_ROW, LEGEND_SIGN = 24, 47  # px of an entry: its height, and the width of its sign and gaps


def fit(figure: go.Figure, width: float, height: float) -> go.Figure:
    """A new figure, `width` px wide and about `height` px high, more where its words need it."""
    data = [_as_vectors(trace.to_plotly_json()) for trace in figure.data]
    spec = {"data": data, "layout": figure.layout.to_plotly_json()}
    sheet = Sheet(_decoded(spec), width, height, style.BASE_PX)
    sheet.layout |= {"width": width, "height": height, "title": None}
    if not panels.place(sheet):
        _step_back(sheet)
        return go.Figure(sheet.spec)
    notes.anchor_titles(sheet)
    words.fill_lines(sheet)
    axes.wrap_heights(sheet)
    for _ in range(3):  # names at the right decide on the width, and it on where they stand
        panels.spread_columns(sheet)
    axes.fit_ticks(sheet)
    axes.wrap_widths(sheet)
    notes.wrap(sheet)
    panels.spread_rows(sheet)
    notes.part_ends(sheet)
    notes.keep_on_page(sheet, panels.bar_px(sheet))
    _margins(sheet)
    return go.Figure(sheet.spec)


def _as_vectors(trace: dict) -> dict:
    """WebGL traces would be a bitmap in the file; drawn as plain traces they stay vectors."""
    return trace | {"type": "scatter"} if trace["type"] == "scattergl" else trace


def _step_back(sheet: Sheet) -> None:
    """In space, whose words have a fixed size, look from as far as a narrow canvas needs to show them all."""
    scene = sheet.layout.get("scene") or {}
    eye = (scene.get("camera") or {}).get("eye")
    if eye:
        far = min(max(FULL_WIDTH / sheet.width, 1.0), FARTHEST)
        scene["camera"]["eye"] = {axis: far * place for axis, place in eye.items()}


def _margins(sheet: Sheet) -> None:
    """Margins as measured; those of labels and titles Plotly makes itself, beyond an edge."""
    above = _place_legend(sheet)
    sheet.layout["height"] = sheet.top + above + sheet.body + sheet.bottom
    sides = {"l": sheet.left, "r": max(EDGE, sheet.right - panels.bar_px(sheet)), "t": sheet.top + above}
    sheet.layout["margin"] = sides | {"b": sheet.bottom}


def _place_legend(sheet: Sheet) -> float:
    """A legend goes above the notes that stand above the figure, or beneath what stands beneath it. Returns
    the height it takes above, px."""
    legend = sheet.layout.get("legend") or {}
    names = [t["name"] for t in sheet.data if t.get("name") and t.get("showlegend") is not False]
    if sheet.layout.get("showlegend") is False or not names:
        return 0.0
    tall = LEGEND_ROW * _legend_rows(sheet, names, (legend.get("title") or {}).get("text") or "")
    if legend.get("y", 1.02) >= 1:
        place = {"y": 1 + (sheet.top - EDGE + 2) / sheet.body, "yanchor": "bottom", "yref": "paper"}
        sheet.layout["legend"] = legend | place
        return tall
    if legend["y"] < 0:
        place = {"y": -(sheet.bottom - EDGE) / sheet.body, "yanchor": "top"}
        sheet.layout["legend"] = legend | place
        sheet.bottom += tall
    return 0.0


def _legend_rows(sheet: Sheet, names: list[str], title: str) -> int:
    """Lines of a legend whose entries follow each other as words do."""
    room = sheet.plot - (text_width(title, 1.1 * sheet.font) + 20 if title else 0)
    rows, filled = 1, 0.0
    for name in names:
        width = text_width(name, sheet.font) + LEGEND_SIGN
        if filled and filled + width > room:
            rows, filled = rows + 1, 0.0
        filled += width
    return rows


def _decoded(part):
    """Plain data with numpy's arrays where Plotly holds them packed."""
    if isinstance(part, dict):
        if "bdata" in part:
            values = np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"])
            return values.reshape([int(n) for n in part["shape"].split(",")]) if "shape" in part else values
        return {name: _decoded(value) for name, value in part.items()}
    return [_decoded(value) for value in part] if isinstance(part, list) else part
