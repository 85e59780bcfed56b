"""The marks that figures are made of, so that a figure is its data, its marks and its axes.

Traces, shapes and annotations come as dicts; a figure adds them at once, since one by one takes seconds.
`panel` counts subplots from 1, row by row, as Plotly numbers their axes.
"""

from devdash.figures.marks.axes import row_axis, size_axis, step_axes, step_axis, with_unit
from devdash.figures.marks.llc import beyond, estimates, llc_title, regime_lines, regime_words
from devdash.figures.marks.names import coloured, end_names, note, tag, title
from devdash.figures.marks.places import apart, axis, stack
from devdash.figures.marks.seed_lines import last_mean, mean_and_range, seeds
from devdash.figures.marks.shapes import box, cell, cells, cursor, level, strip, upright
from devdash.figures.marks.stages import (
    group_ends,
    is_seed_of,
    name_stages,
    numbered,
    stage_colour,
    stage_shapes,
    stage_sign,
)
from devdash.figures.marks.traces import band, bars, interval, line, once, points, trace

__all__ = [
    "apart",
    "axis",
    "band",
    "bars",
    "beyond",
    "box",
    "cell",
    "cells",
    "coloured",
    "cursor",
    "end_names",
    "estimates",
    "group_ends",
    "interval",
    "is_seed_of",
    "last_mean",
    "level",
    "line",
    "llc_title",
    "mean_and_range",
    "name_stages",
    "note",
    "numbered",
    "once",
    "points",
    "regime_lines",
    "regime_words",
    "row_axis",
    "seeds",
    "size_axis",
    "stack",
    "stage_colour",
    "stage_shapes",
    "stage_sign",
    "step_axes",
    "step_axis",
    "strip",
    "tag",
    "title",
    "trace",
    "upright",
    "with_unit",
]
