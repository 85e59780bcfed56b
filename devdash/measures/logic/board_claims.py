"""Claims L-3 and L-5 on bridge boards, from the tables logic_search and logic_puzzle.

How verdicts go together stands in measures/findings. L-3: every board searched must agree, and one that does
not fails the claim. L-5: puzzles of a length count as solved at the first evaluation at which SOLVED of the
boards with a bridge are won (the others cannot be lost). It holds for a training if length 1 is solved
strictly before all other lengths, which may never be; it fails if another is solved before; where none is
solved, or length 1 in the same evaluation as another, the training decides nothing. The claim holds if it
does for every training, fails if it fails for one, and is undecided otherwise.
"""

from collections.abc import Callable
from functools import partial
from math import inf

import numpy as np
import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import equal, together

row = partial(claim_rows.row, paper="arXiv 1909.00668")
SOLVED = 0.9
TAKEN, WON = 1, 10  # rewards of a key or box and of the Gem
FIGURE = "logic_win_types"


def rows(read: Callable[[str], pd.DataFrame]) -> list[dict]:
    """Rows of the table claim. read: a table's name → its rows.

    >>> boards = {"length": [1, 2], "bridge": [False, True], "boards": 50, "winnable": 50, "unlosable": 50}
    >>> totals = {"dead_after_bridge": 50, "lowest_total": [12.0, 14.0], "highest_total": [12.0, 14.0]}
    >>> puzzle = {"agent": "simplicial", "seed": 0, "bridge": True, "length": [1, 2], "frames": 100}
    >>> tables = {"logic_search": boards | totals, "logic_puzzle": puzzle | {"episodes": 9, "wins": [9, 2]}}
    >>> [(row["claim"], row["verdict"]) for row in rows(lambda name: pd.DataFrame(tables[name]))]
    [('L-3 (no bridge)', 'holds'), ('L-3 (bridge)', 'holds'), ('L-3 (reward)', 'holds'), ('L-5', 'holds')]
    """
    return [*searched(read("logic_search")), shortest_first(read("logic_puzzle"))]


def searched(boards: pd.DataFrame) -> list[dict]:
    """L-3 in three parts, each over all boards searched.

    >>> boards = {"length": [1, 2], "bridge": [False, True], "boards": 50, "unlosable": [50, 49]}
    >>> totals = {"lowest_total": [12.0, 14.0], "highest_total": [12.0, 14.0]}
    >>> boards = pd.DataFrame(boards | totals | {"winnable": 50, "dead_after_bridge": 50})
    >>> [(row["measured"], row["verdict"]) for row in searched(boards)]
    [('50 of 50 boards', 'holds'), ('49 of 50 boards', 'fails'), ('100 of 100 boards', 'holds')]
    """
    plain, bridged = boards[~boards["bridge"]], boards[boards["bridge"]]
    perfect = 2 * TAKEN * boards["length"] + WON
    right = (boards["lowest_total"] == perfect) & (boards["highest_total"] == perfect)
    dead = bridged[["winnable", "unlosable", "dead_after_bridge"]].min(axis=1)
    never = "With a bridge the Gem can be taken, but never once the bridge is open."
    total = "Every episode that takes the Gem totals 2 L + 10."
    return [
        _agreement("no bridge", "Without a bridge no play loses the Gem.", plain["unlosable"], plain),
        _agreement("bridge", never, dead, bridged),
        _agreement("reward", total, boards["boards"] * right, boards),
    ]


def _agreement(name: str, statement: str, agree: pd.Series, searched_boards: pd.DataFrame) -> dict:
    """One part of L-3. agree: boards that do as stated, for each row of those searched."""
    boards = int(searched_boards["boards"].sum())
    return row(
        f"L-3 ({name})",
        statement,
        "always",
        f"{int(agree.sum())} of {boards} boards",
        equal(int(agree.sum()), boards) if boards else None,
        "all states that single moves lead to, on random boards of every type (L, source, target), L ≤ 3",
        FIGURE,
    )


def shortest_first(puzzle: pd.DataFrame) -> dict:
    """L-5 over all trainings.

    >>> puzzle = {"agent": "simplicial", "seed": 0, "bridge": True, "length": [1, 2], "frames": 100}
    >>> shortest_first(pd.DataFrame(puzzle | {"episodes": 9, "wins": [9, 2]}))["measured"]
    'simplicial 0: L = 1 at 100 frames, L = 2 not solved'
    """
    verdicts, trainings = [], []
    for (agent, seed), rows in puzzle[puzzle["bridge"]].groupby(["agent", "seed"]):
        solved = _solved_at(rows)
        others = min((frames for length, frames in solved.items() if length != 1), default=inf)
        verdicts.append(None if solved[1] == others else bool(solved[1] < others))
        trainings.append(f"{agent} {seed}: " + ", ".join(_words(*item) for item in solved.items()))
    return row(
        "L-5",
        "Puzzles of length 1 are solved first.",
        "both agents stay at .85 of all puzzles for long",
        "; ".join(trainings),
        together(verdicts),
        f"solved: {SOLVED:.0%} of boards with a bridge won; first evaluation at which they are; "
        f"{len(verdicts)} trainings",
        FIGURE,
    )


def _solved_at(puzzle: pd.DataFrame) -> dict[int, float]:
    """Length → frames at the first evaluation with SOLVED of its boards won, inf if there is none."""
    counts = puzzle.groupby(["length", "frames"])[["episodes", "wins"]].sum().reset_index()
    rate = counts["wins"] / counts["episodes"].replace(0, np.nan)
    solved = counts[rate >= SOLVED]
    return {
        int(length): float(solved.loc[solved["length"] == length, "frames"].min())
        if (solved["length"] == length).any()
        else inf
        for length in sorted(counts["length"].unique())
    }


def _words(length: int, frames: float) -> str:
    return f"L = {length} " + (f"at {frames:,.0f} frames" if frames < inf else "not solved")
