"""Replayed episodes on bridge boards, with the attention of the agent."""

from devdash.store.columns import FLAG, INT, MAY_BE_EMPTY, REAL, TEXT, table
from devdash.store.tables.logic.boards import AGENT, TYPE

PLACE = (("episode", INT, "episode"), ("step", INT, "step of the episode"))

TABLES = (
    table(
        "logic_board",
        *AGENT,
        *PLACE,
        *TYPE[:2],
        ("entity", INT, "entity"),
        ("kind", TEXT, "kind"),
        ("row", INT, "row"),
        ("col", INT, "column"),
        ("key", TEXT, "colour of the key", *MAY_BE_EMPTY),
        ("lock", TEXT, "colour of the lock", *MAY_BE_EMPTY),
        ("second_lock", TEXT, "colour of the second lock", *MAY_BE_EMPTY),
        ("legal", FLAG, "can be taken or opened"),
        ("chosen", FLAG, "chosen"),
        ("probability", REAL, "probability of the policy"),
        ("value", REAL, "value, as estimated"),
        ("reward", REAL, "reward"),
        ("done", FLAG, "ends the episode"),
        key="agent seed episode step entity",
    ),
    table(
        "logic_attention",
        *AGENT,
        *PLACE,
        ("block", INT, "block"),
        ("head", INT, "head"),
        ("query", INT, "entity that attends"),
        ("key", INT, "entity attended to"),
        ("weight", REAL, "weight"),
        key="agent seed episode step block head query key",
    ),
    table(
        "logic_pair",
        *AGENT,
        *PLACE,
        ("block", INT, "block"),
        ("head", INT, "2-simplicial head"),
        ("query", INT, "entity that attends"),
        ("j", INT, "first virtual entity"),
        ("k", INT, "second virtual entity"),
        ("weight", REAL, "weight A"),
        key="agent seed episode step block head query j k",
    ),
)
