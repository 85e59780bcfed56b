"""Rows and columns of panels: as many columns as the width bears, and gaps that hold what stands in them."""

import math

from devdash.figures.fitting import notes
from devdash.figures.fitting.measure import text_height
from devdash.figures.fitting.sheet import EDGE, Panel, Sheet, title_text

LEAST_GAP, LEAST_PANEL, TOP = 8, 60, 10
BAR_PX = 66  # of a scale of colours at the right


def place(sheet: Sheet) -> bool:
    """Give every panel its row and column. False where panels lie otherwise, as with two axes in one."""
    columns = sorted({round(sheet.domain(panel.x)[0], 4) for panel in sheet.panels})
    rows = sorted({round(sheet.domain(panel.y)[1], 4) for panel in sheet.panels}, reverse=True)
    for panel in sheet.panels:
        panel.column = columns.index(round(sheet.domain(panel.x)[0], 4))
        panel.row = rows.index(round(sheet.domain(panel.y)[1], 4))
    sheet.panels.sort(key=lambda panel: (panel.row, panel.column))
    places = {(panel.row, panel.column) for panel in sheet.panels}
    return bool(places) and len(places) == len(sheet.panels)


def spread_columns(sheet: Sheet) -> None:
    """Domains of the columns, with room for labels and names between; fewer columns where panels would be
    narrower than `narrowest` of the figure's meta."""
    narrowest = (sheet.layout.get("meta") or {}).get("narrowest", 0)
    while True:
        count = max(panel.column for panel in sheet.panels) + 1
        shares = [0.0] * count
        for panel in sheet.panels:
            low, high = sheet.domain(panel.x)
            shares[panel.column] = max(shares[panel.column], high - low)
        gaps = _column_gaps(sheet, count)
        inside = sheet.plot - sum(gaps)
        if count == 1 or inside * min(shares) / sum(shares) >= narrowest:
            break
        _restack(sheet, count - 1)
    start = 0.0
    for column in range(count):
        width = max(inside * shares[column] / sum(shares), LEAST_PANEL if count > 1 else 0)
        for panel in sheet.panels:
            if panel.column == column:
                sheet.axis(panel.x)["domain"] = [start / sheet.plot, min((start + width) / sheet.plot, 1)]
        start += width + (gaps[column] if column < count - 1 else 0)


def _column_gaps(sheet: Sheet, count: int) -> list[float]:
    """Margins of the sheet, and the room after each column but the last."""
    sides = [[panel for panel in sheet.panels if panel.column == column] for column in range(count)]
    sheet.left = EDGE + max(max(sheet.beside(panel), notes.before(sheet, panel)) for panel in sides[0])
    names = max(notes.after(sheet, panel) for panel in sides[-1])
    sheet.right = EDGE + (bar_px(sheet) or names)  # names stay left of a scale of colours
    sheet.right = min(sheet.right, 0.45 * sheet.width)
    return [
        LEAST_GAP
        + max(notes.after(sheet, panel) for panel in sides[column])
        + max(sheet.beside(panel) for panel in sides[column + 1])
        for column in range(count - 1)
    ]


def bar_px(sheet: Sheet) -> float:
    """Room that a scale of colours takes."""
    return BAR_PX * any((trace.get("marker") or {}).get("colorbar") for trace in sheet.data)


def _restack(sheet: Sheet, count: int) -> None:
    """The panels in so many columns, row by row; what is now the first of its row gets labels and title."""
    panels, names = sheet.panels, [title_text(sheet.axis(panel.x)) for panel in sheet.panels]
    title = next(filter(None, (title_text(sheet.axis(panel.y)) for panel in panels)), "")
    foot = next(filter(None, reversed(names)), "") if len({*names} - {""}) == 1 else ""
    height = sheet.height_px(panels[0])
    for number, panel in enumerate(panels):
        panel.row, panel.column = divmod(number, count)
        sheet.axis(panel.x)["domain"] = [0, 1 / count]
        if foot:
            is_last = number + count >= len(panels)
            sheet.axis(panel.x)["title"] = {"text": foot} if is_last else None
        if panel.column == 0 and sheet.axis(panel.y).get("showticklabels") is False:
            sheet.axis(panel.y)["showticklabels"] = True
            sheet.axis(panel.y)["title"] = {"text": title}
    rows = math.ceil(len(panels) / count)
    sheet.body = height * rows
    for panel in panels:
        sheet.axis(panel.y)["domain"] = [1 - (panel.row + 1) / rows, 1 - panel.row / rows]


def spread_rows(sheet: Sheet) -> None:
    """Domains of the rows and the height of them all, with room for labels, titles and notes between."""
    count = max(panel.row for panel in sheet.panels) + 1
    rows = [[panel for panel in sheet.panels if panel.row == row] for row in range(count)]
    heights = [max(_height(sheet, panel) for panel in row) for row in rows]
    above = [notes.stack(sheet, row, number == 0) for number, row in enumerate(rows)]
    beneath = [max(sheet.beneath(panel) for panel in row) for row in rows]
    gaps = [LEAST_GAP + beneath[row] + above[row + 1] for row in range(count - 1)]
    sheet.body = sum(heights) + sum(gaps)
    sheet.bottom = EDGE + beneath[-1] + notes.below(sheet)
    sheet.top = max(EDGE + above[0], TOP)
    start = 0.0
    for row, height in enumerate(heights):
        ends = [1 - (start + height) / sheet.body, 1 - start / sheet.body]
        for panel in rows[row]:
            sheet.axis(panel.y)["domain"] = [max(ends[0], 0.0), min(ends[1], 1.0)]
        start += height + (gaps[row] if row < count - 1 else 0)


def _height(sheet: Sheet, panel: Panel) -> float:
    """Of a panel: what it has, and at least what its rows' labels and the names at its right need."""
    labels = sheet.axis(panel.y).get("ticktext")
    rows = [text_height(str(text), 0.92 * sheet.font) for text in ([] if labels is None else labels)]
    names = [sheet.note_height(note) - 3 for note in notes.ends(sheet, panel)]
    return max(sheet.height_px(panel), sum(rows), sum(names))
