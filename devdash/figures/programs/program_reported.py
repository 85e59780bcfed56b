"""λ̂ in the settings of the published table, beside the reported values, which are not verified."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style
from devdash.figures.programs import marks as program_marks

TITLE = "The published settings: ours beside the reported values"
DATA = "program_reported"
OPTIONS = {}
REPORTED = "reported (unverified)"


def draw(data) -> go.Figure:
    """data: λ̂ of each drawn data set by longest word; reported values. Bars: 95 % of one estimate."""
    own = data[~data["reported"]] if len(data) else data
    if own.empty:
        return style.blank("The published settings are not sampled yet.")
    problems = list(own["problem"].unique())
    figure = make_subplots(cols=len(problems), horizontal_spacing=0.1)
    for col, problem in enumerate(problems, 1):
        ours, given = (part[part["problem"] == problem] for part in (own, data[data["reported"]]))
        _ours(figure, ours, program_marks.colour(problem), col)
        figure.add_scatter(
            x=given["longest"],
            y=given["llc"],
            mode="lines+markers",
            name=REPORTED,
            showlegend=col == 1,
            legendgroup=REPORTED,
            line={"color": style.GREY, "dash": "dash", "width": 1.2},
            row=1,
            col=col,
            marker={"symbol": "diamond-open", "size": 10, "color": style.GREY, "line": {"width": 2}},
            hovertemplate=f"b = %{{x}}: %{{y:.3g}}<extra>{REPORTED}</extra>",
        )
        facts = f"<b>{problem}</b><br>dim W / 2 = {ours['dimension'].iloc[0] / 2:g}"
        figure.add_annotation(
            text=facts,
            x=1,
            y=1,
            xref="x domain",
            yref="y domain",
            xanchor="right",
            yanchor="top",
            align="right",
            row=1,
            col=col,
        )
        lengths = data.loc[data["problem"] == problem, "longest"]
        figure.update_xaxes(dtick=1, range=[lengths.min() - 0.5, lengths.max() + 0.5], row=1, col=col)
    figure.update_xaxes(title="longest word b")
    figure.update_yaxes(rangemode="tozero", title="")
    figure.update_yaxes(title="λ̂ at n = 200, 95 % interval", row=1, col=1)
    return figure.update_layout(height=400, margin={"t": 50})


def _ours(figure: go.Figure, ours, colour: str, col: int) -> None:
    sets = sorted(ours["sample"].unique())
    shift = ours["sample"].map({name: 0.1 * (place - (len(sets) - 1) / 2) for place, name in enumerate(sets)})
    figure.add_scatter(
        x=ours["longest"] + shift,
        y=ours["llc"],
        mode="markers",
        name="ours, one data set each",
        marker=style.reliability(ours["verdict"], colour) | {"size": 7},
        showlegend=False,
        row=1,
        col=col,
        error_y={"array": 1.96 * ours["std_err"], "color": colour, "width": 0, "thickness": 1.2},
        customdata=ours[["longest", "std_err", "verdict", "sample", "slope", "slope_err"]],
        hovertemplate="b = %{customdata[0]}, %{customdata[3]}: λ̂ = %{y:.3f} ± %{customdata[1]:.3f}, "
        "%{customdata[2]}<br>slope %{customdata[4]:.2f} ± %{customdata[5]:.2f}<extra></extra>",
    )
    means = ours.groupby("longest")["llc"].mean()
    figure.add_scatter(
        x=means.index,
        y=means,
        mode="lines",
        line={"color": colour, "width": 2},
        row=1,
        col=col,
        name="ours, mean over data sets",
        showlegend=col == 1,
        hoverinfo="skip",
    )
