"""Codes of Turing machines, the words they answer, and edges from them."""

from devdash.store.columns import INT, REAL, TEXT, table

SETTING = (
    ("problem", TEXT, "problem"),
    ("shortest", INT, "shortest word a"),
    ("longest", INT, "longest word b"),
    ("steps", INT, "steps t"),
)
EDGE = (
    ("edge", TEXT, "wrong entry"),
    ("place", INT, "tuple, number"),
    ("part", TEXT, "part of the tuple"),
    ("entry", INT, "entry, number"),
)

TABLES = (
    table(
        "program_code",
        ("problem", TEXT, "problem"),
        ("place", INT, "tuple, number"),
        ("symbol", TEXT, "symbol read"),
        ("state", TEXT, "state"),
        ("write", TEXT, "symbol written"),
        ("next_state", TEXT, "next state"),
        ("move", TEXT, "move"),
        ("start_state", TEXT, "first state"),
        key="problem place",
    ),
    table(
        "program_word",
        ("problem", TEXT, "problem"),
        ("word", TEXT, "input"),
        ("answer", TEXT, "right answer"),
        key="problem word",
    ),
    table(
        "program_edge",
        *SETTING,
        *EDGE,
        ("mass", REAL, "mass e moved"),
        ("loss", REAL, "loss K (nats)"),
        key="problem shortest longest steps edge place part entry mass",
    ),
    table(
        "program_order",
        *SETTING,
        *EDGE,
        ("kind", TEXT, "kind"),
        ("vanishing", REAL, "order of vanishing"),
        ("points", INT, "points of the fit"),
        key="problem shortest longest steps edge",
    ),
)
