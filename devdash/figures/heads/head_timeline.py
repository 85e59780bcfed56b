"""What each head becomes, and when: its kind at every checkpoint at which heads were ablated."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.heads.head_curves import short

TITLE = "What each head becomes, and when"
DATA = {"kinds": "head_kinds", "stages": "head_stages"}
OPTIONS = {"head": None, "step": None}
CURSOR = True
ROW_PX, WIDTH_PX = 21, 250
LAYER_GAP = 0.6  # rows between layers


def draw(data, head=None) -> go.Figure:
    """data: kind of each head over steps, with how sure it is, and stages. A square for each; paler where
    fewer sets of redrawn texts give the kind. head: the chosen one, its name bold."""
    kinds, stages = data["kinds"], data["stages"]
    kinds = kinds[kinds["step"] > 0]
    if kinds.empty:
        return style.blank("Kinds of heads over training are not stored for this run.")
    heads = kinds.drop_duplicates("head")
    layers = sorted(heads["layer"].unique())
    rows = {
        name: place + LAYER_GAP * layers.index(layer)
        for place, (name, layer) in enumerate(zip(heads["head"], heads["layer"], strict=True))
    }
    figure, there = go.Figure(), set(kinds["kind"])
    for kind in [
        *(kind for kind in style.KIND_COLOURS if kind in there),
        *sorted(there - set(style.KIND_COLOURS)),
    ]:
        cells = kinds[kinds["kind"] == kind]
        look = {"symbol": "square", "opacity": [0.35 + 0.65 * sure for sure in cells["sure"].fillna(1)]}
        hover = "{head} at step {step:,}: " + kind + ", in {sure:.0%} of redrawn texts"
        y = [rows[name] for name in cells["head"]]
        figure.add_traces(
            marks.points(
                cells,
                "step",
                y,
                style.kind_colour(kind),
                size=14,
                marker=look,
                hover=hover,
                about="",
                name=kind,
            )
        )
    steps = kinds["step"]
    figure.update_layout(shapes=marks.stage_shapes(stages, steps))
    above = marks.name_stages(figure, stages, steps, WIDTH_PX)
    marks.step_axis(figure, [0.9 * min(steps), *steps, 1.12 * max(steps)])
    text = [f"<b>{short(name)}</b>" if name == head else short(name) for name in rows]
    last = max(rows.values())
    figure.update_yaxes(
        tickvals=list(rows.values()), ticktext=text, range=[last + 0.7, -0.7], title="head", zeroline=False
    )
    legend = {"y": 1, "yref": "container", "yanchor": "top", "itemsizing": "constant"}
    size = {"height": int(ROW_PX * (last + 1)) + above + 130, "margin": {"t": above + 66}}
    return figure.update_layout(legend=legend, hovermode="closest", **size)
