"""Bridge boards: learning, puzzle types, and what a search of the boards finds."""

from devdash.store.columns import FLAG, INT, MAY_BE_EMPTY, REAL, TEXT, table

AGENT = (("agent", TEXT, "agent"), ("seed", INT, "seed"))
TYPE = (
    ("length", INT, "length L of both paths"),
    ("bridge", FLAG, "with a bridge"),
    ("source", INT, "number of the bridge's lock", *MAY_BE_EMPTY),
    ("target", INT, "number of the bridge's key", *MAY_BE_EMPTY),
)

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
        key="agent seed frames",
    ),
    table(
        "logic_puzzle",
        *AGENT,
        ("frames", INT, "actions taken in training"),
        *TYPE,
        ("episodes", INT, "episodes"),
        ("wins", INT, "episodes won"),
        key="agent seed frames length bridge source target",
    ),
    table(
        "logic_search",
        *TYPE,
        ("boards", INT, "boards searched"),
        ("winnable", INT, "boards on which the Gem can be taken"),
        ("unlosable", INT, "boards on which no play before the bridge loses the Gem"),
        ("dead_after_bridge", INT, "boards on which the open bridge loses the Gem", *MAY_BE_EMPTY),
        ("lowest_total", REAL, "lowest return of a win"),
        ("highest_total", REAL, "highest return of a win"),
        key="length bridge source target",
    ),
)
