"""Do chains from the code and chains from the prior agree? Their difference in λ̂, setting by setting."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.programs.problems import problem_colour

TITLE = "Chains from the code less chains from the prior"
DATA = "program_starts"
OPTIONS = {}
HOVER = "%{y}: %{x:+.3f} ± {gap_err:.3f}<br>λ̂ = {llc:.3g}, R̂ {rhat:.3f}, {verdict}"


def draw(data) -> go.Figure:
    """data: difference of λ̂ between both starts with its 95 % interval; hollow: not reliable."""
    if data.empty:
        return style.blank("No chain is stored yet.")
    data = data.iloc[::-1].assign(name=[_name(row) for _, row in data.iloc[::-1].iterrows()])
    figure = go.Figure()
    for problem, rows in data.groupby("problem", sort=False):
        look = {"size": 7, "across": True, "hover": HOVER}
        figure.add_traces(marks.points(rows, "gap", "name", problem_colour(problem), "gap_err", **look))
    figure.add_shape(marks.upright(0, dash="solid"))
    figure.update_xaxes(title=marks.llc_title(data, "difference of λ̂, 95 % interval"))
    names = {"categoryorder": "array", "categoryarray": data["name"]}
    figure.update_yaxes(title="", type="category", dtick=1, **names)
    return figure.update_layout(height=110 + 21 * len(data), margin={"t": 14})


def _name(row) -> str:
    """The setting of a row; of drawn data sets which one."""
    setting = f"{row['problem']}, {row['shortest']}–{row['longest']}, t = {row['steps']}, n = {row['n']:g}"
    return setting + ("" if row["sample"] == "expected counts" else f", {row['sample']}")
