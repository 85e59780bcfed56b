"""Words on a figure: wrapped to their room, set above each other where they would touch, kept on the page."""

from devdash.figures.fitting.measure import wrapped
from devdash.figures.fitting.sheet import EDGE, Panel, Sheet
from devdash.figures.marks.places import apart

CLEARLY = 8  # px by which a note must be higher than another to belong above it
GAP = 4  # px between neighbours


def anchor_titles(sheet: Sheet) -> None:
    """Titles that Plotly's make_subplots sets in the figure's coordinates go with their panels."""
    for note in sheet.notes:
        if note.get("xref") != "paper" or note.get("yref") != "paper" or len(sheet.panels) < 2:
            continue
        for panel in sheet.panels:
            (left, right), (_, top) = sheet.domain(panel.x), sheet.domain(panel.y)
            if abs(note["x"] - (left + right) / 2) < 1e-6 and abs(note["y"] - top) < 1e-6:
                x, y = panel.x.replace("axis", ""), panel.y.replace("axis", "")
                note |= {"xref": f"{x} domain", "x": 0.5, "yref": f"{y} domain", "y": 1}
                break


def is_above(note: dict) -> bool:
    in_domain = note.get("yref", "paper") == "paper" or note.get("yref", "").endswith("domain")
    return note.get("yanchor") == "bottom" and in_domain and note.get("y") == 1


def is_below(note: dict) -> bool:
    return note.get("yanchor") == "top" and note.get("yref") == "paper" and note.get("y") == 0


def is_end(note: dict) -> bool:
    """Whether a note is the name of a line at its end."""
    at_right = note.get("x") == 1 and (note.get("xref") or "").endswith("domain")
    return at_right and note.get("xanchor") == "left" and not is_above(note)


def ends(sheet: Sheet, panel: Panel) -> list[dict]:
    return [note for note in sheet.notes if is_end(note) and sheet.panel_of(note) is panel]


def after(sheet: Sheet, panel: Panel) -> float:
    """How far words reach over the right side of a panel."""
    start, end = sheet.span_px(panel)
    reach = 0.0
    for note in sheet.notes:
        if is_above(note) or sheet.panel_of(note) is not panel or note.get("xanchor") != "left":
            continue
        at = sheet.x_px(note)
        if at > (start + end) / 2:
            reach = max(reach, at + sheet.note_width(note) - end)
    return reach


def before(sheet: Sheet, panel: Panel) -> float:
    """How far words reach over the left side of a panel, beyond its labels."""
    start, end = sheet.span_px(panel)
    reach = 0.0
    for note in sheet.notes:
        if is_above(note) or is_below(note) or note.get("xanchor") != "right":
            continue
        if sheet.panel_of(note) is panel and sheet.x_px(note) < (start + end) / 2:
            reach = max(reach, start - sheet.x_px(note) + sheet.note_width(note))
    return reach


def wrap(sheet: Sheet) -> None:
    """Line ends in notes that are wider than the room they have."""
    for note in sheet.notes:
        if is_end(note) or not note.get("text"):
            continue
        low, high = _room(sheet, note)
        at, anchor = sheet.x_px(note), note.get("xanchor", "center")
        room = {"left": high - at, "right": at - low}.get(anchor, high - low)
        if is_above(note) and room < 0.6 * (high - low) and anchor != "center":
            room = high - low  # it may move aside
        note["text"] = wrapped(note["text"], sheet.size(note), max(room - 4, 40))


def _room(sheet: Sheet, note: dict) -> tuple[float, float]:
    """Between which places a note may stand: its column of panels with half the gaps, or the page."""
    low, high = EDGE, sheet.width - EDGE
    panel = sheet.panel_of(note)
    if panel is None or note.get("xref") == "paper":
        return low, high
    start, end = sheet.span_px(panel)
    inside = not is_above(note) and (note.get("xref") or "").endswith("domain")
    for other in sheet.panels:
        if other.row == panel.row and other is not panel:
            first, last = sheet.span_px(other)
            left_first = note.get("xanchor") == "left"
            if first > end:
                high = min(high, first - GAP if left_first else (first + end) / 2)
            else:
                low = max(low, last + GAP if note.get("xanchor") == "right" else (last + start) / 2)
    return (max(low, start), min(high, end)) if inside else (low, high)


def stack(sheet: Sheet, row: list[Panel], is_first: bool) -> float:
    """Set the notes above a row of panels over each other as far as they would touch. Returns the height
    they take, px."""
    standing = [
        note
        for note in sheet.notes
        if is_above(note) and (sheet.panel_of(note) in row or (is_first and note.get("yref") == "paper"))
    ]
    standing.sort(key=lambda note: (note.get("yshift") or 0, sheet.x_px(note)))
    placed: list[tuple[float, float, float, float]] = []
    wishes = [note.get("yshift") or 0 for note in standing]
    for note, wish in zip(standing, wishes, strict=True):
        (low, high), tall = _ends_px(sheet, note), sheet.note_height(note)
        over = [
            placed[number][3]
            for number, other in enumerate(standing[: len(placed)])
            if note.get("xref") != other.get("xref") and wish > wishes[number] + CLEARLY
        ]  # a legend of stages stays above their names, wherever it stands
        least = max([min(wish, 3.0), *over])
        beside = [box for box in placed if low < box[1] + GAP and box[0] < high + GAP]
        feet = sorted({least, *(box[3] for box in beside if box[3] > least)})
        foot = next(y for y in feet if all(y >= box[3] or y + tall <= box[2] for box in beside))
        placed.append((low, high, foot, foot + tall))
        note["yshift"] = foot
    return max((box[3] for box in placed), default=0.0)


def below(sheet: Sheet) -> float:
    """Height of notes beneath the figure."""
    return max(
        (sheet.note_height(note) - (note.get("yshift") or 0) for note in sheet.notes if is_below(note)),
        default=0.0,
    )


def keep_on_page(sheet: Sheet, right: float) -> None:
    """Move notes aside that would leave the page. right: what is taken there."""
    for note in sheet.notes:
        low, high = _ends_px(sheet, note)
        over = max(0.0, high - (sheet.width - EDGE - right)) or min(0.0, low - EDGE)
        note["xshift"] = (note.get("xshift") or 0) - over


def part_ends(sheet: Sheet) -> None:
    """Names at the ends of lines apart from each other, at the height that the panel has now."""
    for panel in sheet.panels:
        names = [note for note in ends(sheet, panel) if not (note.get("yref") or "").endswith("domain")]
        if len(names) < 2:
            continue
        low, high = sheet.range(panel.y)
        tall, px = sheet.height_px(panel), sheet.height_px(panel) / (high - low)
        heights = [float(note["y"]) * px for note in names]
        gap = max(sheet.note_height(note) for note in names) - 2
        moved = apart(heights, gap)
        bottom, top = sorted((low * px, high * px))
        bottom, top = bottom - 0.02 * tall + gap / 2, top - gap / 2
        moved -= max(0.0, moved.max() - top)
        moved += max(0.0, bottom - moved.min()) if moved.max() - moved.min() <= top - bottom else 0.0
        for note, at, start in zip(names, moved, heights, strict=True):
            note["yshift"] = at - start


def _ends_px(sheet: Sheet, note: dict) -> tuple[float, float]:
    at, width = sheet.x_px(note), sheet.note_width(note)
    share = {"left": 0.0, "right": 1.0}.get(note.get("xanchor"), 0.5)
    return at - share * width, at + (1 - share) * width
