"""A bridge board at one step of an episode, with the attention of one head drawn on it."""

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.logic import marks as logic_marks

TITLE = "The board, and what one of its things attends to"
DATA = {"things": "board_things", "attention": "board_attention"}
OPTIONS = {"agent": None, "episode": None, "step": None, "block": 0, "head": 0, "query": None}
ROWS, COLUMNS = 7, 9
VIRTUAL_X = COLUMNS + 1.6
LEAST = 0.02  # weights below are not drawn
WIDEST_PX = 14


def draw(data, query=None) -> go.Figure:
    """data: things on the board, and 1-simplicial weights of a head. query: whose attention is drawn, by
    default that of the thing that the agent takes. Filled: key; outlined: lock; ◆: the Gem."""
    things, attention = data["things"], data["attention"]
    if things.empty:
        return style.blank("No episode on a board is stored for this run.")
    places = _places(things, attention)
    chosen = things[things["chosen"]]["entity"]
    known = set(attention["query"])
    query = query if query in known else int(chosen.iloc[0]) if len(chosen) else min(known, default=None)
    figure = go.Figure()
    figure.update_layout(shapes=[*_ground(), *_tiles(things)])
    own = attention[attention["query"] == query]
    for key, weight in own[own["weight"] >= LEAST][["key", "weight"]].itertuples(index=False):
        if key != query and key in places:
            _line(figure, places[query], places[key], weight)
    _marks(figure, things, places, own, query)
    _words(figure, things, attention, query)
    widest = VIRTUAL_X + 0.7 if len(places) > len(things) - 1 else COLUMNS + 1
    figure.update_xaxes(range=[-0.7, widest], visible=False, constrain="domain", constraintoward="left")
    figure.update_yaxes(
        range=[ROWS - 0.1, -0.7], visible=False, scaleanchor="x", constrain="domain", constraintoward="top"
    )
    return figure.update_layout(
        showlegend=False, height=430, margin={"t": 62, "l": 8, "r": 8, "b": 8}, hovermode="closest"
    )


def _places(things, attention) -> dict[int, tuple[float, float]]:
    """(x, y) of every entity; virtual ones, which stand nowhere, beside the board."""
    found = {}
    for row in things[things["kind"] != "player"].to_dict("records"):
        found[row["entity"]] = (row["col"] + 0.3 * (row["col"] == COLUMNS), row["row"] + 0.5 * _is_gem(row))
    for number, entity in enumerate(sorted(set(attention["query"]) - set(found))):
        found[entity] = (VIRTUAL_X, number)
    return found


def _is_gem(row) -> bool:
    return row["kind"] == "gem"


def _ground() -> list[dict]:
    """The board and the inventory."""
    look = {"type": "rect", "layer": "below", "line": {"color": style.GREY, "width": 1}}
    look["fillcolor"] = style.faint(style.GREY, 0.12)
    board = {"x0": -0.5, "x1": COLUMNS - 0.5, "y0": -0.5, "y1": ROWS - 0.5}
    return [look | board, look | {"x0": COLUMNS - 0.2, "x1": COLUMNS + 0.8, "y0": -0.5, "y1": ROWS - 0.5}]


def _tiles(things) -> list[dict]:
    """A filled square for each key tile, an outlined one for each lock; around what is taken a frame."""
    found = []
    for row in things.to_dict("records"):
        if row["kind"] == "player":
            continue
        x, y = row["col"] + 0.3 * (row["col"] == COLUMNS), row["row"]
        high = 2 if _is_gem(row) else 1
        found += [_square(x, y + k, row["key"], row["key"]) for k in range(high)]
        locks = [lock for lock in (row["lock"], row["second_lock"]) if isinstance(lock, str)]
        found += [_square(x + 1, y + k, style.faint(lock, 0.3), lock, 4) for k, lock in enumerate(locks)]
        if row["chosen"]:
            frame = {"x0": x - 0.56, "x1": x + 0.56 + bool(locks), "y0": y - 0.56, "y1": y + high - 0.44}
            found.append(
                {"type": "rect", **frame, "line": {"color": style.ORANGE, "width": 2.5, "dash": "dot"}}
            )
    return found


def _square(x: float, y: float, fill: str, line: str, width: float = 1) -> dict:
    side = 0.44 if width == 1 else 0.38
    return {
        "type": "rect",
        "x0": x - side,
        "x1": x + side,
        "y0": y - side,
        "y1": y + side,
        "fillcolor": fill,
        "line": {"color": style.GREY if width == 1 else line, "width": width},
        "layer": "below",
    }


def _line(figure: go.Figure, start, end, weight: float) -> None:
    figure.add_scatter(
        x=[start[0], end[0]],
        y=[start[1], end[1]],
        mode="lines",
        hoverinfo="skip",
        line={"color": style.faint(style.BLUE, 0.6), "width": 1 + WIDEST_PX * weight},
    )


def _marks(figure: go.Figure, things, places, own, query) -> None:
    """A point on every entity, to click; the player; the Gem's diamond."""
    weights = dict(own[["key", "weight"]].itertuples(index=False))
    named = {row["entity"]: logic_marks.thing(row) for row in things.to_dict("records")}
    policy = dict(things[["entity", "probability"]].itertuples(index=False))
    ids = sorted(places)
    virtual = [entity for entity in ids if entity not in named]
    named |= {entity: f"virtual entity {number}" for number, entity in enumerate(virtual, 1)}
    figure.add_scatter(
        x=[places[entity][0] for entity in ids],
        y=[places[entity][1] for entity in ids],
        mode="markers",
        marker={
            "size": [16 if entity == query else 10 for entity in ids],
            "symbol": ["diamond" if entity in virtual else "circle" for entity in ids],
            "color": [style.BLUE if entity == query else "#ffffff" for entity in ids],
            "line": {"color": style.BLUE, "width": 2},
        },
        customdata=[
            [entity, named[entity], weights.get(entity, 0.0), policy.get(entity, 0.0)] for entity in ids
        ],
        hovertemplate="%{customdata[1]}<br>attended to with %{customdata[2]:.0%}; taken with probability "
        "%{customdata[3]:.0%}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )
    player = things[things["kind"] == "player"]
    figure.add_scatter(
        x=player["col"],
        y=player["row"],
        mode="markers",
        hovertemplate="player<extra></extra>",
        marker={"symbol": "x", "size": 13, "color": style.GREY},
    )


def _words(figure: go.Figure, things, attention, query) -> None:
    """What happens at this step, whose attention is drawn, and names beside the board."""
    taken = things[things["chosen"]].to_dict("records")
    step = things.iloc[0]
    action = f"takes the {logic_marks.thing(taken[0])}" if taken else "takes nothing"
    share = f" (probability {taken[0]['probability']:.0%})" if taken else ""
    lines = [f"step {step['step']}: {action}{share}, reward {step['reward']:+g}; value {step['value']:.1f}"]
    if len(attention):
        block, head = attention[["block", "head"]].iloc[0] + 1
        asked = things[things["entity"] == query].to_dict("records")
        name = logic_marks.thing(asked[0]) if asked else "virtual entity"
        own = attention[(attention["query"] == query) & (attention["key"] == query)]["weight"].sum()
        lines.append(f"block {block}, head {head}: attention of {name}, of which {own:.0%} to itself")
    for number, line in enumerate(reversed(lines)):
        figure.add_annotation(
            text=line,
            x=0,
            xref="paper",
            y=1,
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            yshift=8 + 19 * number,
        )
    figure.add_annotation(text="held", x=COLUMNS + 0.3, y=ROWS - 0.3, yanchor="top", font={"size": 11})
    if set(attention["query"]) - set(things["entity"]):
        figure.add_annotation(
            text="virtual", x=VIRTUAL_X, y=-0.3, yanchor="bottom", yshift=3, font={"size": 11}
        )
    for gem in things[things["kind"] == "gem"].to_dict("records"):
        figure.add_annotation(
            text="◆", x=gem["col"], y=gem["row"], font={"color": "#000000", "size": 13}, yanchor="middle"
        )
