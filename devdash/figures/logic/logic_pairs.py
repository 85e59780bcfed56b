"""2-simplicial weights A_jk of every entity on a board: which pair of virtual entities it reads."""

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.logic import marks as logic_marks

TITLE = "Which pair each thing attends to: weights Aⱼₖ"
DATA = {"pairs": "board_pairs", "things": "board_things"}
OPTIONS = {"agent": None, "episode": None, "step": None, "query": None}
MOST_WRITTEN = 9  # pairs of a block whose weights are written into their cells
GAP = 0.5


def draw(data, query=None) -> go.Figure:
    """data: A_jk by query, block and head; things: for their names. One row for each entity, a group of
    columns for each block and head. query: the entity whose row is framed."""
    pairs, things = data["pairs"], data["things"]
    if pairs.empty:
        return style.blank("This agent attends to single entities only: it has no weights on pairs.")
    names = {row["entity"]: logic_marks.thing(row) for row in things.to_dict("records")}
    rows = {entity: place for place, entity in enumerate(sorted(pairs["query"].unique()))}
    size = int(pairs[["j", "k"]].max().max()) + 1
    groups = list(pairs[["block", "head"]].drop_duplicates().itertuples(index=False, name=None))
    heads = pairs["head"].nunique()
    figure, shapes, ticks = go.Figure(), [], {}
    for number, (block, head) in enumerate(groups):
        own = pairs[(pairs["block"] == block) & (pairs["head"] == head)]
        start = number * (size**2 + GAP)
        x = start + own["j"] * size + own["k"]
        y = [rows[entity] for entity in own["query"]]
        shapes += [_cell(*place) for place in zip(x, y, own["weight"], strict=True)]
        figure.add_scatter(
            x=x,
            y=y,
            mode="text" if size**2 <= MOST_WRITTEN else "none",
            text=[f"{weight:.2f}".lstrip("0") for weight in own["weight"]],
            textfont={"size": 11},
            customdata=own[["j", "k", "weight"]] + [1, 1, 0],
            hovertemplate="pair (%{customdata[0]}, %{customdata[1]}): %{customdata[2]:.3f}<extra></extra>",
        )
        title = f"block {block + 1}" + (f", head {head + 1}" if heads > 1 else "")
        figure.add_annotation(
            text=title, x=start + (size**2 - 1) / 2, y=1, yref="paper", yanchor="bottom", xanchor="center"
        )
        ticks |= {start + j * size + k: f"{j + 1},{k + 1}" for j in range(size) for k in range(size)}
    if query in rows:
        last = max(ticks) + 0.5
        frame = {"x0": -0.5, "x1": last, "y0": rows[query] - 0.5, "y1": rows[query] + 0.5}
        shapes.append({"type": "rect", **frame, "line": {"color": style.BLUE, "width": 2}})
    figure.update_layout(shapes=shapes)
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    figure.update_xaxes(
        title="virtual entities j, k",
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        tickangle=0,
        **axis,
    )
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        title="",
        tickvals=list(rows.values()),
        ticktext=[names.get(entity, str(entity)) for entity in rows],
        **axis,
    )
    return figure.update_layout(showlegend=False, height=120 + 34 * len(rows), margin={"t": 30})


def _cell(x: float, y: float, weight: float) -> dict:
    return {
        "type": "rect",
        "x0": x - 0.48,
        "x1": x + 0.48,
        "y0": y - 0.46,
        "y1": y + 0.46,
        "line": {"width": 0},
        "fillcolor": style.faint(style.VERMILION, 0.04 + 0.86 * float(weight)),
        "layer": "below",
    }
