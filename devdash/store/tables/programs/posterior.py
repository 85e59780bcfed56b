"""The posterior over programs."""

from devdash.store.columns import EMPTY_TEXT, FLAG, INT, POSITIVE, REAL, TEXT, VERDICT, table
from devdash.store.tables.programs.codes import SETTING

DATA = (("n", REAL, "examples n"), ("sample", TEXT, "examples"))

TABLES = (
    table(
        "program_temperature",
        *SETTING,
        *DATA,
        ("temperature", REAL, "temperature 1/β", *POSITIVE),
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
        VERDICT,
        ("message", TEXT, "message", *EMPTY_TEXT),
        key="problem shortest longest steps n sample temperature",
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
        VERDICT,
        ("message", TEXT, "message", *EMPTY_TEXT),
        key="problem shortest longest steps n sample",
    ),
    table(
        "program_draw",
        *SETTING,
        *DATA,
        ("start", TEXT, "start", None, False, ("code", "prior")),
        ("chain", INT, "chain"),
        ("draw", INT, "draw"),
        ("place", INT, "tuple, number"),
        ("part", TEXT, "part of the tuple"),
        ("first", REAL, "chance of the first entry"),
        ("second", REAL, "chance of the second entry"),
        ("third", REAL, "chance of the third entry"),
        key="problem shortest longest steps n sample start chain draw place part",
    ),
    table(
        "program_reported",
        *SETTING,
        *DATA,
        ("llc", REAL, "λ̂, reported (unverified)"),
        key="problem shortest longest steps n sample",
    ),
)
