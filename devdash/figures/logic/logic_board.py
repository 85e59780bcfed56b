"""A bridge board at one step of an episode, with the attention of one head drawn on it."""

import plotly.graph_objects as go

from devdash.figures import marks, style
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
    taken, queries = things[things["chosen"]]["entity"], set(attention["query"])
    if query not in queries:
        query = int(taken.iloc[0]) if len(taken) else min(queries, default=None)
    weights = attention[attention["query"] == query]
    traces = [
        _line(places[query], places[key], weight)
        for key, weight in weights[weights["weight"] >= LEAST][["key", "weight"]].itertuples(index=False)
        if key != query and key in places
    ]
    figure = go.Figure([*traces, *_points(things, places, weights, query)])
    notes = [*_words(things, attention, query), *_names(things, attention)]
    figure.update_layout(shapes=[*_ground(), *_tiles(things)], annotations=notes)
    widest = VIRTUAL_X + 0.7 if len(places) > len(things) - 1 else COLUMNS + 1
    hidden = {"visible": False, "constrain": "domain"}
    figure.update_xaxes(range=[-0.7, widest], constraintoward="left", **hidden)
    figure.update_yaxes(range=[ROWS - 0.1, -0.7], scaleanchor="x", constraintoward="top", **hidden)
    margin = {"t": 62, "l": 8, "r": 8, "b": 8}
    return figure.update_layout(showlegend=False, height=430, margin=margin, hovermode="closest")


def _places(things, attention) -> dict[int, tuple[float, float]]:
    """(x, y) of every entity; virtual ones, which stand nowhere, beside the board."""
    places = {}
    for row in things[things["kind"] != "player"].to_dict("records"):
        places[row["entity"]] = (row["col"] + 0.3 * (row["col"] == COLUMNS), row["row"] + 0.5 * _is_gem(row))
    for number, entity in enumerate(sorted(set(attention["query"]) - set(places))):
        places[entity] = (VIRTUAL_X, number)
    return places


def _is_gem(row) -> bool:
    return row["kind"] == "gem"


def _ground() -> list[dict]:
    """The board and the inventory."""
    fill, frame = style.faint(style.GREY, 0.12), {"color": style.GREY, "width": 1}
    board, inventory = (-0.5, COLUMNS - 0.5), (COLUMNS - 0.2, COLUMNS + 0.8)
    return [marks.box(*ends, -0.5, ROWS - 0.5, fill, frame) for ends in (board, inventory)]


def _tiles(things) -> list[dict]:
    """A filled square for each key tile, an outlined one for each lock; around what is taken a frame."""
    tiles = []
    for row in things[things["kind"] != "player"].to_dict("records"):
        x, y = row["col"] + 0.3 * (row["col"] == COLUMNS), row["row"]
        high = 2 if _is_gem(row) else 1
        tiles += [_square(x, y + k, 0.44, row["key"], {"color": style.GREY, "width": 1}) for k in range(high)]
        locks = [lock for lock in (row["lock"], row["second_lock"]) if isinstance(lock, str)]
        for k, lock in enumerate(locks):
            tiles.append(_square(x + 1, y + k, 0.38, style.faint(lock, 0.3), {"color": lock, "width": 4}))
        if row["chosen"]:
            ends = (x - 0.56, x + 0.56 + bool(locks), y - 0.56, y + high - 0.44)
            tiles.append(marks.box(*ends, frame={"color": style.ORANGE, "width": 2.5, "dash": "dot"}))
    return tiles


def _square(x: float, y: float, side: float, fill: str, frame: dict) -> dict:
    return marks.box(x - side, x + side, y - side, y + side, fill, frame)


def _line(start, end, weight: float) -> dict:
    colour = style.faint(style.BLUE, 0.6)
    return marks.line(None, [start[0], end[0]], [start[1], end[1]], colour, 1 + WIDEST_PX * weight)


def _points(things, places, weights, query) -> list[dict]:
    """A point on every entity, to click; the player."""
    names = {row["entity"]: logic_marks.thing(row) for row in things.to_dict("records")}
    ids = sorted(places)
    virtual = [entity for entity in ids if entity not in names]
    names |= {entity: f"virtual entity {number}" for number, entity in enumerate(virtual, 1)}
    policy = dict(things[["entity", "probability"]].itertuples(index=False))
    attended = dict(weights[["key", "weight"]].itertuples(index=False))
    marker = {
        "size": [16 if entity == query else 10 for entity in ids],
        "symbol": ["diamond" if entity in virtual else "circle" for entity in ids],
        "color": [style.BLUE if entity == query else "#ffffff" for entity in ids],
        "line": {"color": style.BLUE, "width": 2},
    }
    hover = "%{customdata[1]}<br>attended to with %{customdata[2]:.0%}; "
    hover += "taken with probability %{customdata[3]:.0%}"
    entities = {
        "type": "scatter",
        "x": [places[entity][0] for entity in ids],
        "y": [places[entity][1] for entity in ids],
        "mode": "markers",
        "marker": marker,
        "customdata": [[e, names[e], attended.get(e, 0.0), policy.get(e, 0.0)] for e in ids],
        "hovertemplate": f"{hover}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }
    player, cross = things[things["kind"] == "player"], {"symbol": "x"}
    return [entities, marks.points(player, "col", "row", style.GREY, size=13, marker=cross, hover="player")]


def _words(things, attention, query) -> list[dict]:
    """What happens at this step, and whose attention is drawn."""
    taken = things[things["chosen"]].to_dict("records")
    step = things.iloc[0]
    action = f"takes the {logic_marks.thing(taken[0])}" if taken else "takes nothing"
    share = f" (probability {taken[0]['probability']:.0%})" if taken else ""
    lines = [f"step {step['step']}: {action}{share}, reward {step['reward']:+g}; value {step['value']:.1f}"]
    if len(attention):
        block, head = attention[["block", "head"]].iloc[0] + 1
        rows = things[things["entity"] == query].to_dict("records")
        name = logic_marks.thing(rows[0]) if rows else "virtual entity"
        itself = attention[(attention["query"] == query) & (attention["key"] == query)]["weight"].sum()
        lines.append(f"block {block}, head {head}: attention of {name}, of which {itself:.0%} to itself")
    return [marks.note(text, "above left", up=8 + 19 * row) for row, text in enumerate(reversed(lines))]


def _names(things, attention) -> list[dict]:
    """Words beside the board, and the Gem's diamond."""
    names = [marks.tag("held", COLUMNS + 0.3, ROWS - 0.3, at="below center", size=11)]
    if set(attention["query"]) - set(things["entity"]):
        names.append(marks.tag("virtual", VIRTUAL_X, -0.3, at="above center", up=3, size=11))
    for gem in things[things["kind"] == "gem"].to_dict("records"):
        names.append(marks.tag("◆", gem["col"], gem["row"], "#000000", "middle center", size=13))
    return names
