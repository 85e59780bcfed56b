"""Tables of the logic experiment on bridge boards: learning, puzzle types, search, replayed episodes."""

from devdash.store.columns import FLAG, INT, REAL, TEXT, table

AGENT = (("agent", TEXT, "agent"), ("seed", INT, "seed"))
TYPE = (
    ("length", INT, "length L of both paths"),
    ("bridge", FLAG, "with a bridge"),
    ("source", INT, "number of the bridge's lock"),
    ("target", INT, "number of the bridge's key"),
)
PLACE = (("episode", INT, "episode"), ("step", INT, "step of the episode"))

TABLES = (
    table(
        "logic_curve",
        *AGENT,
        ("frames", INT, "actions taken in training"),
        ("win_rate", REAL, "share of episodes won"),
        ("low", REAL, "low"),
        ("high", REAL, "high"),
        ("episodes", INT, "episodes"),
        ("return_mean", REAL, "mean return"),
        ("entropy", REAL, "entropy of the policy (nats)"),
        ("wall_s", REAL, "time (s)"),
    ),
    table(
        "logic_puzzle",
        *AGENT,
        ("frames", INT, "actions taken in training"),
        *TYPE,
        ("episodes", INT, "episodes"),
        ("wins", INT, "episodes won"),
    ),
    table(
        "logic_search",
        *TYPE,
        ("boards", INT, "boards searched"),
        ("winnable", INT, "boards on which the Gem can be taken"),
        ("unlosable", INT, "boards on which no play before the bridge loses the Gem"),
        ("dead_after_bridge", INT, "boards on which the open bridge loses the Gem"),
        ("lowest_total", REAL, "lowest return of a win"),
        ("highest_total", REAL, "highest return of a win"),
    ),
    table(
        "logic_board",
        *AGENT,
        *PLACE,
        *TYPE[:2],
        ("entity", INT, "entity"),
        ("kind", TEXT, "kind"),
        ("row", INT, "row"),
        ("col", INT, "column"),
        ("key", TEXT, "colour of the key"),
        ("lock", TEXT, "colour of the lock"),
        ("second_lock", TEXT, "colour of the second lock"),
        ("legal", FLAG, "can be taken or opened"),
        ("chosen", FLAG, "chosen"),
        ("probability", REAL, "probability of the policy"),
        ("value", REAL, "value, as estimated"),
        ("reward", REAL, "reward"),
        ("done", FLAG, "ends the episode"),
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
    ),
)
