"""Orders of vanishing at codes, on the real machine and on powers that are known."""

import numpy as np
import pandas as pd
import pytest

from devdash.distributions.synthesis_problems import PROBLEMS, words
from devdash.measures.programs import geometry
from devdash.measures.programs.claims import LINEAR, SLOW_MOVES, SLOW_STATE
from devdash.models.turing_compiled import Loss


def orders(name: str, longest: int, steps: int) -> pd.DataFrame:
    problem, (texts, chance) = PROBLEMS[name], words(1, longest)
    loss = Loss(problem.machine, texts, problem.answers(texts), chance, steps)
    return geometry.orders(geometry.edges(problem.machine, problem.code(), loss)).set_index("edge")


def test_orders_at_the_code_of_detect_a():
    table = orders("detectA", 4, 6)
    rough = table.loc[table["kind"] == "resolved", "vanishing"]
    assert len(table) == 30 and (table["kind"] == "flat").sum() == 23
    wanted = dict.fromkeys(LINEAR, 1) | {SLOW_STATE: 4} | dict.fromkeys(SLOW_MOVES, 3)
    assert rough.to_dict() == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize(("steps", "state", "move"), [(3, 1, 1), (4, 2, 2), (5, 4, 3)])
def test_orders_rise_with_spare_steps(steps, state, move):
    vanishing = orders("detectA", 3, steps)["vanishing"]
    assert vanishing[SLOW_STATE] == pytest.approx(state, abs=0.05)
    assert vanishing[list(SLOW_MOVES)].tolist() == pytest.approx([move] * 2, abs=0.05)


def test_powers_are_found_and_what_cannot_be_told_is_said():
    mass = np.array(geometry.MASSES)
    losses = {"one": 2 * mass, "three": mass**3 * (1 + 3 * mass), "nine": mass**9, "none": 0 * mass}
    rows = [
        pd.DataFrame({"edge": name, "place": 0, "part": "write", "entry": 0, "mass": mass, "loss": loss})
        for name, loss in losses.items()
    ]
    table = geometry.orders(pd.concat(rows)).set_index("edge")
    assert table["kind"].to_dict() == {
        "one": "resolved",
        "three": "resolved",
        "nine": "not resolved",
        "none": "flat",
    }
    assert table["vanishing"][["one", "three"]].tolist() == pytest.approx([1, 3], abs=0.03)
    assert table["vanishing"][["nine", "none"]].isna().all()


def test_wrong_entries_are_all_but_the_coded_ones():
    problem = PROBLEMS["parityCheck"]
    entries = geometry.wrong_entries(problem.machine, problem.code())
    assert len(entries) == problem.machine.dimension == len({name for name, _ in entries})
