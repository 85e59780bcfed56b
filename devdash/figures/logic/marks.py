"""What figures of the logic experiment share: colours and names of agents, names of things on a board."""

from devdash.figures import style
from devdash.figures.marks import coloured

COLOURS = {
    "2-simplicial": style.VERMILION,
    "relational": style.BLUE,
    "relational, 2 blocks": style.GREEN,
    "relational, 4 heads": style.SKY,
    "uniform pairs": style.PURPLE,
    "simplicial": style.VERMILION,
}
NAMES = {"uniform pairs": "control, uniform pairs", "simplicial": "2-simplicial"}


def colour(agent: str) -> str:
    return COLOURS.get(agent, style.GREY)


def name(agent: str) -> str:
    """What a reader calls an agent."""
    return NAMES.get(agent, agent)


def ordered(agents) -> list[str]:
    """Agents in the order of COLOURS, then others."""
    order = list(COLOURS)
    return sorted(set(agents), key=lambda agent: (order.index(agent) if agent in order else 99, agent))


def swatch(shade: str | None) -> str:
    """A square in a colour of the board, for labels."""
    return coloured("■", shade) if isinstance(shade, str) else ""


def thing(row) -> str:
    """A thing on the board in words and colours: 'box ■ behind ■'. row: kind, key, lock, second_lock."""
    if row["kind"] == "player":
        return "player"
    if row["kind"] == "inventory":
        return f"held key {swatch(row['key'])}"
    locks = swatch(row["lock"]) + swatch(row["second_lock"])
    words = "gem" if row["kind"] == "gem" else f"{row['kind']} {swatch(row['key'])}"
    return f"{words} behind {locks}" if locks else words
