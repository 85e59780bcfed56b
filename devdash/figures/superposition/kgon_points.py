"""The learning coefficient of every k-gon, by how it is known."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "Learning coefficient of each k-gon: theory, measured, paper"
DATA = "kgon_points"
OPTIONS = {"features": None}
KINDS = {
    "llc_theory": ("theory", style.BLUE, "line-ew-open", None),
    "llc_volume": ("volume scaling", style.PURPLE, "line-ew-open", None),
    "llc_hessian": ("Hessian rank / 2", style.GREY, "x-thin-open", None),
    "llc_population": ("measured, population loss, nβ = 10⁵", style.GREEN, "circle", "llc_population_err"),
    "llc_sample": ("measured, n = 5000", style.ORANGE, "diamond", "llc_sample_sd"),
    "llc_paper": ("paper, n = 5000", style.PINK, "square", "llc_paper_sd"),
}


def draw(data) -> go.Figure:
    """data: one row per k-gon. Bars: 95 % interval (population), ± one spread over samples (n = 5000)."""
    if data.empty:
        return style.blank("The critical points are not measured yet.")
    minima = data[data["minimum"]].copy()
    low = [name for name in ("llc_population", "llc_sample") if (minima[name] < 0).any()]
    _say_what_is_below(figure := go.Figure(), minima, low)
    minima[low] = minima[low].where(minima[low] >= 0)
    base = np.arange(len(minima))
    for number, (column, (name, colour, symbol, error)) in enumerate(KINDS.items()):
        if minima[column].notna().any():
            good = _reliable(minima, column)
            figure.add_scatter(
                x=base + 0.11 * (number - 2.5),
                y=minima[column],
                name=name,
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 11 if symbol.startswith("line") else 8,
                    "color": [colour if g or "open" in symbol else style.CLEAR for g in good],
                    "line": {"width": 2 if "open" in symbol else 1.3, "color": colour},
                },
                error_y=_bars(minima, error, colour),
                customdata=minima["kgon"],
                hovertemplate="%{customdata}: %{y:.2f}<extra>" + name + "</extra>",
            )
    known = minima[["llc_theory", "llc_volume", "llc_population", "llc_paper"]]
    figure.update_yaxes(title="λ", range=[0, 1.35 * np.nanmax(known.to_numpy())])
    figure.update_xaxes(title="local minimum", tickvals=base, ticktext=minima["kgon"])
    return figure.update_layout(height=420, margin={"t": 120})


def _say_what_is_below(figure: go.Figure, minima, columns: list[str]) -> None:
    """Negative λ̂ lie outside of the chart, so they are named: chains left the point for a lower one."""
    for number, column in enumerate(columns):
        names = ", ".join(minima.loc[minima[column] < 0, "kgon"])
        figure.add_annotation(
            text=f"below 0, {KINDS[column][0].removeprefix('measured, ')}: {names}",
            x=1,
            y=0,
            yshift=3 + 16 * number,
            xref="paper",
            yref="paper",
            xanchor="right",
            yanchor="bottom",
        )


def _reliable(minima, column: str) -> list[bool]:
    if column == "llc_population":
        return (minima["llc_population_verdict"] == "reliable").tolist()
    if column == "llc_sample":
        return (minima["llc_sample_reliable"] >= 0.5).tolist()
    return [True] * len(minima)


def _bars(minima, column: str | None, colour: str) -> dict | None:
    if column is None:
        return None
    factor = 1.96 if column == "llc_population_err" else 1
    return {"array": factor * minima[column], "color": colour, "thickness": 1.2, "width": 3}
