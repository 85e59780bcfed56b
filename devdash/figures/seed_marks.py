"""What figures of the regression experiment share: colours of predictors, seeds as bands, names of lines."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from devdash.figures import stage_marks, style

MODEL = style.VERMILION
PREDICTORS = {"ridge": style.GREEN, "discrete optimum": style.PURPLE, "zero": style.GREY}
SCALE = (style.BLUE, style.PINK, style.ORANGE)  # for lines in an order
TITLE_PX = 19  # height of a panel's title


def band(lines: pd.DataFrame) -> pd.DataFrame:
    """mean, low and high of value over seeds, at the steps at which every seed was measured."""
    found = lines.groupby("step")["value"].agg(["mean", "min", "max", "count"]).reset_index()
    return found[found["count"] == lines["model"].nunique()]


def last(lines: pd.DataFrame) -> float:
    """Where a line ends: its last mean over seeds, or the last value where seeds share no step yet."""
    shared = band(lines)
    return shared["mean"].iloc[-1] if len(shared) else lines.sort_values("step")["value"].iloc[-1]


def seeds(lines: pd.DataFrame, colour: str, name: str, panel: int = 1) -> list[dict]:
    """Traces of one line: the range over seeds as a band, each seed thin, their mean thick."""
    shared, plain = band(lines), {"type": "scatter", "xaxis": stage_marks.axis("x", panel)}
    plain["yaxis"] = stage_marks.axis("y", panel)
    several = lines["model"].nunique() > 1
    look = {"color": style.faint(colour, 0.55) if several else colour, "width": 0.8 if several else 2.4}
    traces = [plain | {"line": look} | _each(lines, name)]
    if not several:
        return traces
    shade = plain | {
        "x": [*shared["step"], *shared["step"][::-1]],
        "y": [*shared["max"], *shared["min"][::-1]],
        "fill": "toself",
        "mode": "none",
        "fillcolor": style.faint(colour, 0.18),
        "hoverinfo": "skip",
    }
    mean = plain | {
        "x": shared["step"],
        "y": shared["mean"],
        "mode": "lines",
        "line": {"color": colour, "width": 2.4},
        "customdata": shared[["min", "max"]],
        "hovertemplate": "step %{x:,}: %{y:.3g} (%{customdata[0]:.3g} to %{customdata[1]:.3g} over seeds)"
        f"<extra>{name}</extra>",
    }
    return [shade, *traces, mean]


def _each(lines: pd.DataFrame, name: str) -> dict:
    """All seeds as one trace with gaps between them."""
    lines = lines.sort_values(["model", "step"])
    ends = np.flatnonzero(~lines.duplicated("model", keep="last")) + 1
    x, y = (np.insert(lines[column].to_numpy(float), ends, np.nan) for column in ("step", "value"))
    return {
        "x": x,
        "y": y,
        "text": np.insert(lines["model"].to_numpy(object), ends, ""),
        "mode": "lines",
        "hovertemplate": f"step %{{x:,}}: %{{y:.3g}}<extra>{name}, %{{text}}</extra>",
    }


def ends(names: dict[str, tuple[float, str]], panel: int, px: float) -> list[dict]:
    """Names of lines at their ends, moved apart where they would touch.

    names: name → height of its end on the axis (its logarithm on a log axis) and colour; px: of one unit.
    """
    heights = [height * px for height, _ in names.values()]
    moved = stage_marks.spread(heights, 14) if heights else []
    axes = {"xref": f"{stage_marks.axis('x', panel)} domain", "yref": stage_marks.axis("y", panel)}
    return [
        {
            "text": name,
            "x": 1,
            "xanchor": "left",
            "xshift": 5,
            "y": height,
            "yshift": place - own,
            "showarrow": False,
            "font": {"color": colour, "size": 11},
            **axes,
        }
        for (name, (height, colour)), place, own in zip(names.items(), moved, heights, strict=True)
    ]


def title(text: str, panel: int) -> dict:
    """A panel's title, above it on the left."""
    return {
        "text": text,
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "xref": f"{stage_marks.axis('x', panel)} domain",
        "yref": f"{stage_marks.axis('y', panel)} domain",
        "yshift": 3,
        "font": {"size": 13},
    }


def ordered(count: int) -> list[str]:
    """Colours (#rrggbb) for lines that have an order, from the first to the last."""
    found = []
    for place in np.linspace(0, len(SCALE) - 1, count):
        low = min(int(place), len(SCALE) - 2)
        ends = ([int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in SCALE[low : low + 2])
        mixed = [round(a + (place - low) * (b - a)) for a, b in zip(*ends, strict=True)]
        found.append("#" + "".join(f"{part:02x}" for part in mixed))
    return found


def name_stages(figure: go.Figure, stages, steps, width_px: float) -> int:
    """Stages' labels above the first panel's title; the rows they take, 0 where there are none.

    width_px: of the axis in a narrow window.
    """
    if stages.empty:
        return 0
    before = len(figure.layout.annotations)
    rows = stage_marks.name_stages(figure, stages, steps, width_px)
    for note in figure.layout.annotations[before:]:
        note.yshift += TITLE_PX
    return rows
