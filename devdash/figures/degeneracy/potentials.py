"""Potentials K(w) at several n: λ, the exact value at that n by quadrature, and λ̂."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Potentials: λ̂ beside the exact value at finite n"
DATA = "potentials"
OPTIONS = {}
PROTOCOLS = {"ours": ("λ̂, SGLD", style.VERMILION, -0.16), "MALA": ("λ̂, MALA", style.BLUE, 0.16)}


def draw(data) -> go.Figure:
    """data: one row per potential, n and protocol; one panel per n, potentials from high λ to low."""
    if data.empty:
        return style.blank("No potential is measured yet.")
    sizes, names = sorted(data["n"].unique()), list(data["name"].unique())
    figure = make_subplots(
        cols=len(sizes),
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=[f"n = 10<sup>{len(str(int(n))) - 1}</sup>" for n in sizes],
    )
    for number, n in enumerate(sizes, start=1):
        own = data[data["n"] == n]
        _truth(figure, own, names, number)
        for protocol, look in PROTOCOLS.items():
            measured = own[own["protocol"] == protocol]
            if len(measured):
                _measured(figure, measured, names, look, number)
    top = 1.1 * data[["llc_theory", "llc_exact", "llc"]].max().max()
    low = min(0, 1.1 * data["llc"].min())
    figure.update_xaxes(range=[low, top], nticks=5)
    figure.update_xaxes(title="learning coefficient", col=(len(sizes) + 1) // 2)
    ticks = {"tickvals": list(range(len(names))), "ticktext": names}
    figure.update_yaxes(range=[len(names) - 0.4, -0.6], zeroline=False, **ticks)
    figure.update_yaxes(title="", row=1, col=1)
    return figure.update_layout(height=150 + 27 * len(names), margin={"t": 80}, legend={"y": 1.07})


def _truth(figure: go.Figure, own, names: list[str], number: int) -> None:
    known = own.drop_duplicates("name")
    rows = [names.index(name) for name in known["name"]]
    marks = {"λ": ("llc_theory", style.GREY, 2), "exact at this n": ("llc_exact", style.GREEN, 3)}
    for name, (column, colour, width) in marks.items():
        figure.add_scatter(
            x=known[column],
            y=rows,
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=number == 1,
            marker={"symbol": "line-ns-open", "size": 17, "color": colour, "line": {"width": width}},
            customdata=known[["name", "multiplicity"]],
            row=1,
            col=number,
            hovertemplate="%{customdata[0]}: %{x:.4g}, m = %{customdata[1]}<extra>" + name + "</extra>",
        )


def _measured(figure: go.Figure, own, names: list[str], look: tuple, number: int) -> None:
    name, colour, shift = look
    own = own.sort_values("verdict", key=lambda v: v != "reliable")  # the first marks the legend
    shown = {trace.name for trace in figure.data}
    figure.add_scatter(
        x=own["llc"],
        y=[names.index(n) + shift for n in own["name"]],
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=name not in shown,
        marker=style.reliability(own["verdict"], colour),
        error_x={"array": 1.96 * own["std_err"], "color": colour, "thickness": 1.2, "width": 0},
        customdata=own[["name", "std_err", "verdict", "rhat", "acceptance"]],
        row=1,
        col=number,
        hovertemplate="%{customdata[0]}: λ̂ = %{x:.4f} ± %{customdata[1]:.4f}<br>%{customdata[2]}, "
        "R̂ %{customdata[3]:.2f}, acceptance %{customdata[4]:.2f}<extra>" + name + "</extra>",
    )
