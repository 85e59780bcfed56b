"""Ticks and titles of axes: as many, and as long, as there is room for."""

import math

from devdash.figures.fitting.measure import text_width, wrapped
from devdash.figures.fitting.sheet import Panel, Sheet, title_text

TILTED, BETWEEN = -40, 5  # degrees of names that do not fit beside each other; px between labels
MOST_DECADES = 16


def wrap_heights(sheet: Sheet) -> None:
    """Titles of vertical axes in lines as long as their panels are high, or as all are where one has the
    title for all."""
    for panel in sheet.panels:
        column = [other for other in sheet.panels if other.column == panel.column]
        titled = [other for other in column if title_text(sheet.axis(other.y))]
        room = sheet.height_px(panel) if len(titled) > 1 or len(column) == 1 else sheet.body
        _wrap(sheet, panel.y, room)


def wrap_widths(sheet: Sheet) -> None:
    """Titles of horizontal axes in lines that stay on the page, and apart from those beside them."""
    for panel in sheet.panels:
        start, end = sheet.span_px(panel)
        centre, row = (start + end) / 2, [other for other in sheet.panels if other.row == panel.row]
        titled = [other for other in row if title_text(sheet.axis(other.x))]
        room = 2 * min(centre, sheet.width - centre)
        if len(titled) > 1:
            spans = [sheet.span_px(other) for other in titled if other is not panel]
            gap = min(abs((first + last) / 2 - centre) for first, last in spans)
            room = min(room, gap)
        _wrap(sheet, panel.x, room - 14)


def _wrap(sheet: Sheet, name: str, room: float) -> None:
    text = title_text(sheet.axis(name))
    if text:
        sheet.axis(name)["title"] = {"text": wrapped(text, sheet.font, max(room, 50))}


def fit_ticks(sheet: Sheet) -> None:
    """Fewer ticks where their labels would touch; names, of which none may be left out, tilted."""
    for panel in sheet.panels:
        _name_decades(sheet, panel.x)
        _name_decades(sheet, panel.y)
        start, end = sheet.span_px(panel)
        _thin(sheet, panel, end - start)


def _name_decades(sheet: Sheet, name: str) -> None:
    """Powers of ten as labels of one size; Plotly draws some larger than others."""
    axis = sheet.axis(name)
    if axis.get("type") != "log" or axis.get("tickvals") is not None or axis.get("visible") is False:
        return
    if axis.get("showticklabels") is False or axis.get("dtick") not in (None, 1):
        return
    low, high = sorted(sheet.range(name))
    powers = list(range(math.ceil(low - 0.02), math.floor(high + 0.02) + 1))
    if not len(powers) >= 2:
        return
    powers = powers[:: math.ceil(len(powers) / MOST_DECADES * (2 if name[0] == "y" else 1))]
    axis |= {"tickvals": [10.0**power for power in powers], "ticktext": [_power(p) for p in powers]}


def _power(power: int) -> str:
    return {0: "1", 1: "10"}.get(power, f"10<sup>{power}</sup>".replace("-", "−"))


def _thin(sheet: Sheet, panel: Panel, width: float) -> None:
    axis = sheet.axis(panel.x)
    labels, places = axis.get("ticktext"), axis.get("tickvals")
    if labels is None or places is None or len(labels) < 2 or axis.get("tickangle"):
        return
    low, high = sheet.range(panel.x)
    is_log, size = axis.get("type") == "log", (axis.get("tickfont") or {}).get("size") or sheet.font
    at = [((math.log10(place) if is_log else float(place)) - low) / (high - low) * width for place in places]
    half = [text_width(str(label), size) / 2 for label in labels]
    if not all(any(sign.isdigit() for sign in str(label)) for label in labels):
        touching = any(abs(at[n + 1] - at[n]) < half[n] + half[n + 1] + BETWEEN for n in range(len(at) - 1))
        axis |= {"tickangle": TILTED} if touching else {}
        return
    kept = [0]
    for number in range(1, len(at)):
        if abs(at[number] - at[kept[-1]]) >= half[number] + half[kept[-1]] + BETWEEN:
            kept.append(number)
    axis |= {"tickvals": [places[n] for n in kept], "ticktext": [labels[n] for n in kept], "tickangle": 0}
