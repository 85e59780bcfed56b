"""The grid on which ε and nβ were chosen."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import colour_scale, marks, style
from devdash.verdicts import is_reliable

TITLE = "Choice of ε and nβ: λ̂ should not depend on ε"
DATA = "calibrations"
OPTIONS = {**style.ESTIMATE}
HOVER = (
    "ε {epsilon:.3g}, nβ {nbeta:.4g}, γ {gamma:.3g}<br>λ̂ = {llc:.4g} ± {std_err:.2g}, {verdict}<br>"
    "acceptance {acceptance:.2f}, drift {drift:.2g}{more}"
)


def draw(data) -> go.Figure:
    """data: one row per cell. Colour and bold number: λ̂, acceptance beneath; outlined: chosen.

    Columns are ε nβ, the share of what the curvature allows, since ε alone differs from row to row. A row is
    an nβ, and has its γ beside it where an nβ was tried with several. Cells that are not reliable have no
    colour and say why.
    """
    grid = data[data["part"] == "grid"] if len(data) else data
    if grid.empty:
        return style.blank("No calibration is stored for this estimate.")
    steps = [number(step) for step in grid["epsilon"] * grid["nbeta"]]
    columns = sorted(set(steps), key=plain)
    sizes, title = _sizes(grid)
    rows = list(dict.fromkeys(sizes[place] for place in np.lexsort((-grid["gamma"], grid["nbeta"]))))
    grid = grid.assign(x=[columns.index(step) for step in steps], y=[rows.index(size) for size in sizes])
    grid = grid.assign(more=marks.regime_lines(grid))
    good = grid[is_reliable(grid)]
    low, high = (good["llc"].min(), good["llc"].max()) if len(good) else (0.0, 1.0)
    figure = go.Figure(colour_scale.bar(low, high, "λ̂"))
    for _, cell in grid.iterrows():
        share = (cell["llc"] - low) / (high - low) if high > low else 0.0
        if is_reliable(cell):
            figure.add_shape(marks.cell(cell["x"], cell["y"], *colour_scale.colours([share])))
        figure.add_annotation(_words(cell, colour_scale.ink(share)))
    _outline(figure, grid, data[data["chosen"] & (data["part"] != "dial")])
    hidden = {"size": 40, "opacity": 0}
    figure.add_traces(marks.points(grid, "x", "y", style.CLEAR, marker=hidden, hover=HOVER))
    for update, name, names in ((figure.update_xaxes, "ε nβ", columns), (figure.update_yaxes, title, rows)):
        ticks = {"tickvals": list(range(len(names))), "ticktext": names}
        update(title=name, range=[-0.55, len(names) - 0.45], showgrid=False, zeroline=False, **ticks)
    if words := marks.regime_words(grid):
        figure.add_annotation(marks.note(words, "above right"))
    return figure.update_layout(showlegend=False, height=150 + 62 * len(rows), margin={"t": 20})


def _sizes(grid) -> tuple[list[str], str]:
    """Each cell's row in words, and what the rows are."""
    if (grid.groupby("nbeta")["gamma"].nunique() > 1).any():
        both = zip(grid["nbeta"], grid["gamma"], strict=True)
        return [f"{number(nbeta)}<br>γ {number(gamma)}" for nbeta, gamma in both], "nβ, γ"
    return [number(nbeta) for nbeta in grid["nbeta"]], "nβ"


def number(value: float) -> str:
    """Three digits: 2.5·10⁻⁶ for small and large values, plain digits between."""
    digits, power = f"{value:.2e}".split("e")
    if -2 <= int(power) <= 4:
        return f"{float(f'{digits}e{power}'):g}"
    return f"{float(digits):g}·10<sup>{int(power)}</sup>".replace("-", "−")


def plain(text: str) -> float:
    """The value of what `number` wrote."""
    return float(text.replace("·10<sup>", "e").replace("</sup>", "").replace("−", "-"))


def _words(cell, ink: str) -> dict:
    """λ̂ and acceptance in the cell; in the page's colour where the cell is empty."""
    value = f"<b>{cell['llc']:.3g}</b>" if cell["llc"] == cell["llc"] else "–"
    acceptance = f"{cell['acceptance']:.2f}" if cell["acceptance"] == cell["acceptance"] else ""
    good = is_reliable(cell)
    verdict = "<br>".join(cell["verdict"].rsplit(" ", 1))
    text = f"{value}<br>{acceptance}" if good else f"{value} {acceptance}<br><i>{verdict}</i>"
    return marks.tag(text, cell["x"], cell["y"], ink if good else None, "middle center", size=11)


def _outline(figure: go.Figure, grid, chosen) -> None:
    """A frame around the cell of the chosen ε and nβ, of whatever γ."""
    near = np.isclose(grid[["epsilon", "nbeta"]], chosen[["epsilon", "nbeta"]].head(1), rtol=1e-6).all(1)
    for _, cell in grid[near].iterrows() if len(chosen) else ():
        ends = (cell["x"] - 0.49, cell["x"] + 0.49, cell["y"] - 0.49, cell["y"] + 0.49)
        figure.add_shape(marks.box(*ends, frame={"color": style.VERMILION, "width": 3}))
