"""Do chains from the code and chains from the prior agree? Their difference in λ̂, setting by setting."""

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.programs import marks as program_marks

TITLE = "Chains from the code less chains from the prior"
DATA = "program_starts"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: difference of λ̂ between both starts with its 95 % interval; hollow: not reliable."""
    if data.empty:
        return style.blank("No chain is stored yet.")
    data = data.iloc[::-1]
    drawn = data["sample"].where(data["sample"] != "expected counts", "")
    names = [
        f"{row['problem']}, {row['shortest']}–{row['longest']}, t = {row['steps']}, n = {row['n']:g}"
        + (f", {extra}" if extra else "")
        for (_, row), extra in zip(data.iterrows(), drawn, strict=True)
    ]
    colours = [program_marks.colour(problem) for problem in data["problem"]]
    good = data["verdict"] == "reliable"
    figure = go.Figure()
    for problem, own in data.assign(name=names).groupby("problem", sort=False):
        figure.add_scatter(
            x=own["gap"],
            y=own["name"],
            mode="markers",
            showlegend=False,
            marker={"opacity": 0},
            error_x={
                "array": 1.96 * own["gap_err"],
                "color": program_marks.colour(problem),
                "width": 0,
                "thickness": 1.2,
            },
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=data["gap"],
        y=names,
        mode="markers",
        showlegend=False,
        marker={
            "color": [c if ok else style.CLEAR for c, ok in zip(colours, good, strict=True)],
            "line": {"color": colours, "width": 1.2},
            "size": 7,
        },
        customdata=data[["gap_err", "llc", "rhat", "verdict"]],
        hovertemplate="%{y}: %{x:+.3f} ± %{customdata[0]:.3f}<br>λ̂ = %{customdata[1]:.3g}, R̂ "
        "%{customdata[2]:.3f}, %{customdata[3]}<extra></extra>",
    )
    figure.add_vline(x=0, line={"color": style.GREY, "width": 1.2})
    figure.update_xaxes(title="difference of λ̂, 95 % interval")
    figure.update_yaxes(title="", type="category", categoryorder="array", categoryarray=names, dtick=1)
    return figure.update_layout(height=110 + 21 * len(data), margin={"t": 14})
