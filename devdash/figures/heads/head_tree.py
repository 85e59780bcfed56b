"""Which heads' curves of λ̂ are alike: the hierarchical clustering as a tree."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.heads.head_curves import HEIGHT_PX, KEPT, legend, names, short

TITLE = "Which curves are alike"
DATA = {"merges": "head_merges", "groups": "head_groups"}
OPTIONS = {"method": None, "normalisation": None, "head": None}
TOP_PX = 26


def draw(data, method=None, head=None) -> go.Figure:
    """data: merges of one normalisation, heads with kind and cluster. Leaves stand as their curves end,
    high λ̂ above, as far as the tree allows; branches have a colour where all their heads share it."""
    merges, groups = data["merges"], data["groups"]
    if merges.empty:
        return style.blank("No clustering of heads is stored for this run yet.")
    if not is_whole(merges, set(groups["head"])):
        return style.blank("The tree of heads is not whole: rows of this clustering are missing.")
    named = names(groups, method is not None)
    order, spots = lay_out(merges, dict(zip(groups["head"], groups["llc"], strict=True)))
    heads = [name for name in order if name in named]
    leaves = groups.drop(columns="verdict").set_index("head", drop=False).loc[heads]
    leaves = leaves.assign(group=[named[name][0] for name in heads], y=[spots[name][1] for name in heads])
    colours, sizes = [named[name][1] for name in heads], [12 if name == head else 8 for name in heads]
    hover = {"hover": "{head}, {group}<br>last λ̂ = {llc:.2f}", "marker": {"opacity": 1}}
    dots = marks.points(leaves, [0] * len(leaves), "y", colours, size=sizes, **hover)
    kept = {"unselected": KEPT, "cliponaxis": False}
    figure = go.Figure([*_branches(merges, order, spots, named), dots | kept])
    figure.add_annotation(legend({name: named[name] for name in heads}, 4))
    text = [f"<b>{short(name)}</b>" if name == head else short(name) for name in heads]
    plain = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "ticklabelstandoff": 8}
    bounds = [-0.6, len(leaves) - 0.4]
    figure.update_yaxes(tickvals=leaves["y"], ticktext=text, range=bounds, title="head", **plain)
    title = f"distance between curves, {merges['normalisation'].iloc[0].replace('none', 'as they are')}"
    figure.update_xaxes(title=title, zeroline=False, range=[0, 1.03 * merges["height"].max()])
    return figure.update_layout(showlegend=False, height=HEIGHT_PX + TOP_PX, margin={"t": TOP_PX})


def is_whole(merges, heads: set[str]) -> bool:
    """Whether each merge joins two of the heads and of the merges before it, and all end in one."""
    loose = set(heads)
    for _, row in merges.iterrows():
        parts = {row["first_part"], row["second_part"]}
        if len(parts) != 2 or not parts <= loose:
            return False
        loose = loose - parts | {f"merge {row['merge']}"}
    return len(loose) == 1


def lay_out(merges, ends: dict) -> tuple[list[str], dict[str, tuple[float, float]]]:
    """The leaves from below, and (distance, height) of every leaf and merge.

    Of two parts the one with the smaller mean λ̂ stands below.
    """
    leaves = {name: [name] for name in ends}
    for _, row in merges.iterrows():
        parts = [leaves[row[side]] for side in ("first_part", "second_part")]
        parts.sort(key=lambda part: sum(ends[name] for name in part) / len(part))
        leaves[f"merge {row['merge']}"] = parts[0] + parts[1]
    order = leaves[f"merge {merges['merge'].iloc[-1]}"]
    spots = {name: (0.0, float(place)) for place, name in enumerate(order)}
    for _, row in merges.iterrows():
        height = sum(spots[row[side]][1] for side in ("first_part", "second_part")) / 2
        spots[f"merge {row['merge']}"] = row["height"], height
    return order, spots


def _branches(merges, order: list[str], spots: dict, named: dict) -> list[dict]:
    """One trace per colour, of brackets that join two parts."""
    colour = {name: named[name][1] for name in order if name in named}
    lines: dict[str, tuple[list, list]] = {}
    for _, row in merges.iterrows():
        (near, low), (far, high) = spots[row["first_part"]], spots[row["second_part"]]
        shades = {colour[row["first_part"]], colour[row["second_part"]]}
        shade = shades.pop() if len(shades) == 1 else style.GREY
        colour[f"merge {row['merge']}"] = shade
        x, y = lines.setdefault(shade, ([], []))
        x += [near, row["height"], row["height"], far, None]
        y += [low, low, high, high, None]
    return [marks.line(None, x, y, shade) for shade, (x, y) in lines.items()]
