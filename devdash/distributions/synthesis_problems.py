"""Synthesis problems: strings over A and B, the answer to each, and a machine that gives it.

Source: Clift, Murfet, Wallbridge 2021 (arXiv 2103.16080). Lengths are uniform on [shortest, longest],
letters are uniform. An answer is the state reject or accept after some number of steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from devdash.models.turing import Machine, Table, encode

SMALL = Machine(("□", "A", "B"), ("reject", "accept"), "reject")
LARGE = Machine(("□", "A", "B", "X"), ("reject", "accept", "nextAB", "nextA", "nextB", "goToStart"), "nextAB")


@dataclass(frozen=True)
class Problem:
    """A question to every string, and a table of tuples that answers it."""

    name: str
    machine: Machine
    table: Table
    accepts: Callable[[str], bool]

    def answers(self, words: list[str]) -> np.ndarray:
        """State number of the right answer to each word."""
        states = self.machine.states
        return np.array([states.index("accept" if self.accepts(word) else "reject") for word in words])

    def code(self) -> np.ndarray:
        """The program of the table."""
        return encode(self.machine, self.table)


def words(shortest: int, longest: int) -> tuple[list[str], np.ndarray]:
    """All strings of these lengths, and the chance of each."""
    if not 0 <= shortest <= longest:
        raise ValueError(f"lengths from {shortest} to {longest}: expected 0 ≤ shortest ≤ longest")
    lengths = range(shortest, longest + 1)
    strings = ["".join(letters) for length in lengths for letters in product("AB", repeat=length)]
    return strings, np.array([2.0 ** -len(word) / len(lengths) for word in strings])


def drawn(shortest: int, longest: int, n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """n strings drawn at random: those that occur, and how often."""
    strings, chance = words(shortest, longest)
    counts = np.random.default_rng(seed).multinomial(n, chance / chance.sum())
    return [word for word, count in zip(strings, counts, strict=True) if count], counts[counts > 0]


def _staying(machine: Machine) -> Table:
    """Nothing is changed, whatever is read."""
    return {(symbol, state): (symbol, state, "Stay") for symbol, state in machine.pairs}


DETECT_A = _staying(SMALL) | {
    ("A", "reject"): ("A", "accept", "Stay"),
    ("B", "reject"): ("B", "reject", "Right"),
}
PARITY_A = _staying(SMALL) | {
    ("A", "reject"): ("A", "accept", "Right"),
    ("A", "accept"): ("A", "reject", "Right"),
    ("B", "reject"): ("B", "reject", "Right"),
    ("B", "accept"): ("B", "accept", "Right"),
}
# crosses out the next letter, then the next one of the other kind, and starts again
PARITY_CHECK = _staying(LARGE) | {
    ("□", "nextAB"): ("□", "accept", "Stay"),
    ("A", "nextAB"): ("X", "nextB", "Right"),
    ("B", "nextAB"): ("X", "nextA", "Right"),
    ("X", "nextAB"): ("X", "nextAB", "Right"),
    ("□", "nextA"): ("□", "reject", "Stay"),
    ("A", "nextA"): ("X", "goToStart", "Left"),
    ("B", "nextA"): ("B", "nextA", "Right"),
    ("X", "nextA"): ("X", "nextA", "Right"),
    ("□", "nextB"): ("□", "reject", "Stay"),
    ("A", "nextB"): ("A", "nextB", "Right"),
    ("B", "nextB"): ("X", "goToStart", "Left"),
    ("X", "nextB"): ("X", "nextB", "Right"),
    ("□", "goToStart"): ("□", "nextAB", "Right"),
    ("A", "goToStart"): ("A", "goToStart", "Left"),
    ("B", "goToStart"): ("B", "goToStart", "Left"),
    ("X", "goToStart"): ("X", "goToStart", "Left"),
}
PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("always-reject", SMALL, _staying(SMALL), lambda word: False),
        Problem("detectA", SMALL, DETECT_A, lambda word: "A" in word),
        Problem("parityA", SMALL, PARITY_A, lambda word: word.count("A") % 2 == 1),
        Problem("parityCheck", LARGE, PARITY_CHECK, lambda word: 2 * word.count("A") == len(word)),
    )
}
