"""The loss near a code: its value there, and how fast it rises towards every wrong entry.

Source: Clift, Murfet, Wallbridge 2021 (arXiv 2103.16080). Along an edge from the code mass e goes into one
wrong entry of one distribution; K(e) ~ e^p defines the order p. Losses are expectations over all inputs.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from devdash.models.turing import Machine, encode, mixed, run, run_discrete

FLOOR = 1e-14  # below it K is rounding
LARGEST_MASS = 0.03  # of the smallest three resolved ones: beyond it higher powers bend the line
FITTED = 3
STRAIGHT = 0.2  # most difference between slopes from point to point where K is taken for a power of e
MASSES = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99)


def wrong_entries(machine: Machine, code: np.ndarray) -> list[tuple[str, tuple[int, str, int]]]:
    """Name and place (row, part, number) of every entry that is 0 at the code.

    >>> machine = Machine(symbols=("□", "A"), states=("run",), start="run")
    >>> stay, right = ("□", "run", "Stay"), ("A", "run", "Right")
    >>> code = encode(machine, {("□", "run"): stay, ("A", "run"): right})  # to the first blank
    >>> entries = wrong_entries(machine, code)
    >>> len(entries), entries[0]
    (6, ('write(□, run) → A', (0, 'write', 1)))
    """
    edges = []
    for row, (symbol, state) in enumerate(machine.pairs):
        for part, (columns, names) in machine.parts.items():
            for number, name in enumerate(names):
                if code[row, columns][number] == 0:
                    edges.append((f"{part}({symbol}, {state}) → {name}", (row, part, number)))
    return edges


def edges(machine: Machine, code: np.ndarray, loss: Callable) -> pd.DataFrame:
    """K(e) along every edge. loss: programs (program, pair, width) → K (program,), in nats.

    >>> machine = Machine(symbols=("□", "A"), states=("run",), start="run")
    >>> stay, right = ("□", "run", "Stay"), ("A", "run", "Right")
    >>> code = encode(machine, {("□", "run"): stay, ("A", "run"): right})  # to the first blank
    >>> losses = edges(machine, code, loss=lambda programs: ((programs - code) ** 2).sum((1, 2)))
    >>> losses.shape, losses["edge"].nunique()
    ((102, 6), 6)
    """
    rows = []
    for name, entry in wrong_entries(machine, code):
        values = loss(np.stack([mixed(machine, code, entry, mass) for mass in MASSES]))
        place, part, number = entry
        rows += [
            {"edge": name, "place": place, "part": part, "entry": number, "mass": mass, "loss": value}
            for mass, value in zip(MASSES, values, strict=True)
        ]
    return pd.DataFrame(rows)


def orders(losses: pd.DataFrame) -> pd.DataFrame:
    """Order of vanishing of every edge: slope of log K on log e over the smallest resolved masses.

    kind: flat (K is 0 all along), resolved, or not resolved: K sinks into rounding before it is a power of e.

    >>> mass = np.array([1e-4, 1e-3, 1e-2])
    >>> losses = pd.DataFrame({"edge": "write(A, run) → B", "place": 0, "part": 0, "entry": 1, "mass": mass})
    >>> orders(losses.assign(loss=5 * mass**2))[["edge", "kind", "vanishing"]].round(2)
                    edge      kind  vanishing
    0  write(A, run) → B  resolved        2.0
    """
    rows = []
    for keys, edge in losses.groupby(["edge", "place", "part", "entry"], sort=False):
        above = edge[edge["loss"] > FLOOR].nsmallest(FITTED, "mass")
        x, y = np.log(above["mass"]), np.log(above["loss"])
        resolved = len(above) == FITTED and above["mass"].max() <= LARGEST_MASS
        resolved = resolved and np.ptp(np.diff(y) / np.diff(x)) < STRAIGHT
        power = np.polyfit(x, y, 1)[0] if resolved else np.nan
        kind = "resolved" if resolved else "not resolved" if len(above) else "flat"
        facts = dict(zip(("edge", "place", "part", "entry"), keys, strict=True))
        rows.append(facts | {"kind": kind, "vanishing": power, "points": len(above) if resolved else 0})
    return pd.DataFrame(rows)


def difference_from_discrete(machine: Machine, table, words: list[str], steps: int) -> float:
    """Largest difference, over words, steps, squares and states, of the smooth run at the code.

    >>> machine = Machine(symbols=("□", "A"), states=("run",), start="run")
    >>> table = {("□", "run"): ("□", "run", "Stay"), ("A", "run"): ("A", "run", "Right")}
    >>> difference_from_discrete(machine, table, ["A", "AA"], steps=3)
    0.0
    """
    code, worst = encode(machine, table), 0.0
    symbols, states = np.eye(len(machine.symbols)), np.eye(len(machine.states))
    for word in words:
        tapes, occupied = run(machine, code, word, steps, half_width=steps)
        squares, numbers = run_discrete(machine, table, word, steps, half_width=steps)
        worst = max(worst, np.abs(tapes - symbols[squares]).max(), np.abs(occupied - states[numbers]).max())
    return float(worst)
