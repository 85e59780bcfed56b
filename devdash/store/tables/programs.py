"""Tables of the programs experiment: codes, edges from them, posterior over programs."""

from devdash.store.columns import FLAG, INT, REAL, TEXT, table

SETTING = (
    ("problem", TEXT, "problem"),
    ("shortest", INT, "shortest word a"),
    ("longest", INT, "longest word b"),
    ("steps", INT, "steps t"),
)
DATA = (
    ("n", REAL, "examples n"),
    ("sample", TEXT, "examples"),
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
    ),
    table(
        "program_word",
        ("problem", TEXT, "problem"),
        ("word", TEXT, "input"),
        ("answer", TEXT, "right answer"),
    ),
    table("program_edge", *SETTING, *EDGE, ("mass", REAL, "mass e moved"), ("loss", REAL, "loss K (nats)")),
    table(
        "program_order",
        *SETTING,
        *EDGE,
        ("kind", TEXT, "kind"),
        ("vanishing", REAL, "order of vanishing"),
        ("points", INT, "points of the fit"),
    ),
    table(
        "program_temperature",
        *SETTING,
        *DATA,
        ("temperature", REAL, "temperature 1/β"),
        ("at_log_n", FLAG, "at temperature log n"),
        ("energy", REAL, "E[nL] (nats)"),
        ("std_err", REAL, "standard error"),
        ("acceptance", REAL, "acceptance"),
        ("rhat", REAL, "R̂"),
        ("ess", REAL, "ESS"),
        ("from_code", REAL, "E[nL], started at the code (nats)"),
        ("from_prior", REAL, "E[nL], started at the prior (nats)"),
        ("gap", REAL, "code − prior (nats)"),
        ("gap_err", REAL, "standard error of code − prior"),
        ("verdict", TEXT, "verdict"),
        ("message", TEXT, "message"),
    ),
    table(
        "program_llc",
        *SETTING,
        *DATA,
        ("dimension", INT, "dim W"),
        ("llc", REAL, "λ̂ = β·E[nL]"),
        ("std_err", REAL, "standard error"),
        ("slope", REAL, "λ̂, slope of E[nL] on 1/β"),
        ("slope_err", REAL, "standard error of the slope"),
        ("r2", REAL, "R² of the regression"),
        ("r2_low", REAL, "R², low (95 %)"),
        ("r2_high", REAL, "R², high (95 %)"),
        ("exchanged", REAL, "accepted exchanges"),
        ("chains", INT, "chains"),
        ("sweeps", INT, "sweeps per chain"),
        ("verdict", TEXT, "verdict"),
        ("message", TEXT, "message"),
    ),
    table(
        "program_draw",
        *SETTING,
        *DATA,
        ("start", TEXT, "start"),
        ("chain", INT, "chain"),
        ("draw", INT, "draw"),
        ("place", INT, "tuple, number"),
        ("part", TEXT, "part of the tuple"),
        ("first", REAL, "chance of the first entry"),
        ("second", REAL, "chance of the second entry"),
        ("third", REAL, "chance of the third entry"),
    ),
    table(
        "program_reported",
        *SETTING,
        *DATA,
        ("llc", REAL, "λ̂, reported (unverified)"),
    ),
)
