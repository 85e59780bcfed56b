"""Potentials K(w) at several n: λ, the exact value at that n by quadrature, and λ̂."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.verdicts import is_reliable

TITLE = "Potentials: λ̂ beside the exact value at finite n"
DATA = "potentials"
OPTIONS = {}
PROTOCOLS = {"ours": ("λ̂, Langevin", style.VERMILION, -0.16), "MALA": ("λ̂, MALA", style.BLUE, 0.16)}
TRUTHS = {"λ": ("llc_theory", style.GREY, 2), "exact at this n": ("llc_exact", style.GREEN, 3)}


def draw(data) -> go.Figure:
    """data: one row per potential, n and protocol; one panel per n, potentials from high λ to low."""
    if data.empty:
        return style.blank("No potential is measured yet.")
    sizes, names = sorted(data["n"].unique()), list(data["name"].unique())
    data = data.assign(place=data["name"].map(names.index))
    titles = [f"n = 10<sup>{len(str(int(n))) - 1}</sup>" for n in sizes]
    gaps = {"shared_yaxes": True, "horizontal_spacing": 0.03}
    figure, traces = make_subplots(cols=len(sizes), subplot_titles=titles, **gaps), []
    for panel, n in enumerate(sizes, start=1):
        traces += _panel(data[data["n"] == n], panel)
    figure.add_traces(marks.once(traces))
    top = 1.1 * data[["llc_theory", "llc_exact", "llc"]].max().max()
    figure.update_xaxes(range=[min(0, 1.1 * data["llc"].min()), top], nticks=5)
    figure.update_xaxes(title=marks.llc_title(data, "learning coefficient"), col=(len(sizes) + 1) // 2)
    marks.row_axis(figure, names)
    return figure.update_layout(height=150 + 27 * len(names), margin={"t": 80}, legend={"y": 1.07})


def _panel(rows, panel: int) -> list[dict]:
    exact, traces = rows.drop_duplicates("name").drop(columns="verdict"), []
    for name, (column, colour, width) in TRUTHS.items():
        words = {"hover": "{name}: %{x:.4g}, m = {multiplicity}", "name": name, "panel": panel}
        stroke = {"symbol": "line-ns-open", "line": {"width": width}}
        traces.append(marks.points(exact, column, "place", colour, size=17, marker=stroke, **words))
    for protocol, (name, colour, shift) in PROTOCOLS.items():
        measured = rows[rows["protocol"] == protocol]
        if len(measured):
            first = measured.iloc[(~is_reliable(measured)).argsort(kind="stable")]  # it marks the legend
            words = {"before": "{name}: ", "after": "<br>R̂ {rhat:.2f}, acceptance {acceptance:.2f}"}
            look = {"across": True, "name": name, "panel": panel}
            traces.append(marks.estimates(first, "llc", first["place"] + shift, colour, **words, **look))
    return traces
