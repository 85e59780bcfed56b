"""Points with their errors, lines and bands, from the rows of a table.

`x` and `y` are columns, or values where a figure moves points aside. `hover` is what a point says under
the mouse, with columns in braces: "step {step:,}: λ̂ = {llc:.2f}"; a click on the point gives these columns
in that order. `name` puts a trace into the legend, `about`, or else the name, stands beside its hover.
"""

import re

import numpy as np
import pandas as pd

from devdash.figures import style
from devdash.figures.marks.places import axis
from devdash.intervals import Z_95
from devdash.verdicts import is_reliable

COLUMN = re.compile(r"(?<!%)\{(\w+)((?::[^{}]*)?)\}")


def trace(rows, x, y, hover: str = "", about: str | None = None, name: str = "", panel: int = 1) -> dict:
    """What points, lines and bands have in common: places, hover, legend and panel."""
    look = {"type": "scatter", "x": _values(rows, x), "y": _values(rows, y)}
    look |= {"xaxis": axis("x", panel), "yaxis": axis("y", panel)}
    look |= {"name": name, "legendgroup": name} if name else {"showlegend": False}
    if not hover:
        return look | {"hoverinfo": "skip"}
    columns = list(dict.fromkeys(column for column, _ in COLUMN.findall(hover)))
    template = COLUMN.sub(lambda part: f"%{{customdata[{columns.index(part[1])}]{part[2]}}}", hover)
    look["hovertemplate"] = f"{template}<extra>{name if about is None else about}</extra>"
    return look | ({"customdata": rows[columns]} if columns else {})


def points(
    rows, x, y, colour, error=None, size=6, joined=0, across=False, caps=False, marker=None, **words
) -> dict:
    """Points with 95 % bars, hollow where the rows' verdict is not reliable.

    colour: one, or one for each row. error: a column of standard errors, or (low, high), columns of an
    interval's ends. joined: width of a line through the points. across: the error is one of x. caps: bars
    end in a stroke. marker: more of Plotly's marker, such as its symbol. words: those of `trace`.
    """
    look = {"size": size, "color": colour}
    if "verdict" in rows:
        hues = [colour] * len(rows) if isinstance(colour, str) else colour
        sure = zip(hues, is_reliable(rows), strict=True)
        look |= {"color": [hue if good else style.CLEAR for hue, good in sure]}
        look |= {"line": {"color": colour, "width": 1.2}}
    mark = trace(rows, x, y, **words) | {"mode": "markers", "marker": look | (marker or {})}
    if joined:
        mark |= {"mode": "lines+markers", "line": {"color": colour, "width": joined}}
    if error is None:
        return mark
    ends = interval(0, rows[error]) if isinstance(error, str) else [_values(rows, end) for end in error]
    centre = 0 if isinstance(error, str) else _values(rows, x if across else y)
    hue = colour if isinstance(colour, str) else style.faint(style.GREY, 0.6)
    return mark | {"error_x" if across else "error_y": bars(centre, *ends, hue, caps)}


def bars(centre, low, high, colour: str, caps: bool = False) -> dict:
    """Bars from low to high around a centre."""
    above, below = np.nan_to_num(high - centre), np.nan_to_num(centre - low)
    look = {"color": colour, "thickness": 1.2, "width": 3 if caps else 0}
    ends = {"array": above} if np.allclose(above, below) else {"array": above, "arrayminus": below}
    return {"type": "data", "symmetric": "arrayminus" not in ends} | ends | look


def interval(centre, std_err):
    """(low, high) of the 95 % interval around estimates; both the estimate where no error is known."""
    half = Z_95 * std_err.fillna(0)
    return centre - half, centre + half


def line(rows, x, y, colour: str, width: float = 2, dash: str | None = None, gaps=None, **words) -> dict:
    """A line, or many as one trace: gaps names the columns that tell one from the next."""
    rows = rows if gaps is None else _with_gaps(rows, gaps)
    return trace(rows, x, y, **words) | {
        "mode": "lines",
        "line": {"color": colour, "width": width, "dash": dash},
    }


def band(rows, x, low, high, colour: str, opacity: float = 0.2, panel: int = 1) -> dict:
    """The area between two ends: an interval around a mean, or a range."""
    there, lower, upper = (list(_values(rows, column)) for column in (x, low, high))
    around = trace(rows, [*there, *there[::-1]], [*upper, *lower[::-1]], panel=panel)
    return around | {"mode": "none", "fill": "toself", "fillcolor": style.faint(colour, opacity)}


def once(traces: list[dict]) -> list[dict]:
    """Each name once in the legend, where several panels have a trace of that name."""
    names = set()
    for mark in traces:
        if mark.get("name") in names:
            mark["showlegend"] = False
        names.add(mark.get("name"))
    return traces


def _values(rows, column):
    return rows[column] if isinstance(column, str) else column


def _with_gaps(rows: pd.DataFrame, columns) -> pd.DataFrame:
    """An empty row after the last row of each line."""
    ends = np.flatnonzero(~rows.duplicated(columns, keep="last")) + 1
    return rows.reset_index(drop=True).reindex(np.insert(np.arange(len(rows)), ends, -1))
