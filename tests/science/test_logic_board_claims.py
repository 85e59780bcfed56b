"""Claims L-3 and L-5 on made tables: each verdict, and what decides it."""

import pandas as pd
import pytest

from devdash.measures.logic import board_claims as claims


def searched(**changed) -> pd.DataFrame:
    """A plain type and a type with a bridge, L = 2, three boards of each."""
    plain = {
        "length": 2,
        "bridge": False,
        "source": None,
        "target": None,
        "boards": 3,
        "winnable": 3,
        "unlosable": 3,
        "dead_after_bridge": 0,
        "lowest_total": 14.0,
        "highest_total": 14.0,
    }
    bridged = plain | {"bridge": True, "source": 1, "target": 4, "dead_after_bridge": 3} | changed
    return pd.DataFrame([plain, bridged])


def puzzles(**solved: dict) -> pd.DataFrame:
    """Types with a bridge; a training's name → length → frames from which .95 of them are won, else .5."""
    return pd.DataFrame(
        [
            {
                "agent": name.split("_")[0],
                "seed": int(name.split("_")[1]),
                "frames": frames,
                "length": length,
                "bridge": True,
                "episodes": 100,
                "wins": 95 if frames >= since.get(length, 1e9) else 50,
            }
            for name, since in solved.items()
            for frames in (0, 100, 200)
            for length in (1, 2, 3)
        ]
    )


def verdicts(search: pd.DataFrame) -> dict[str, str]:
    return {row["claim"]: row["verdict"] for row in claims.searched(search)}


def test_search_that_agrees_everywhere_holds():
    assert set(verdicts(searched()).values()) == {"holds"} and len(verdicts(searched())) == 3


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({"dead_after_bridge": 2}, "L-3 (bridge)"),
        ({"winnable": 2}, "L-3 (bridge)"),
        ({"unlosable": 2}, "L-3 (bridge)"),
        ({"lowest_total": 13.0}, "L-3 (reward)"),
        ({"highest_total": 15.0}, "L-3 (reward)"),
    ],
)
def test_one_board_that_disagrees_fails_its_part(changed, failed):
    by_claim = verdicts(searched(**changed))
    assert [claim for claim, verdict in by_claim.items() if verdict == "fails"] == [failed]


def test_losable_board_without_bridge_fails():
    table = searched()
    table.loc[0, "unlosable"] = 2
    assert verdicts(table)["L-3 (no bridge)"] == "fails"


@pytest.mark.parametrize(
    ("solved", "verdict"),
    [
        ({"relational_0": {1: 100, 2: 200}, "simplicial_0": {1: 200}}, "holds"),
        ({"relational_0": {1: 100}, "simplicial_0": {2: 100, 1: 200}}, "fails"),
        ({"relational_0": {1: 100}, "simplicial_0": {1: 100, 3: 100}}, "undecided"),
        ({"relational_0": {1: 100}, "simplicial_0": {}}, "undecided"),
    ],
)
def test_shortest_first(solved, verdict):
    row = claims.shortest_first(puzzles(**solved))
    assert row["verdict"] == verdict and "relational 0: L = 1" in row["measured"]


def test_puzzles_without_bridge_do_not_count_as_solved():
    table = puzzles(relational_0={2: 100})
    easy = table.assign(bridge=False, length=1, wins=100)
    assert claims.shortest_first(pd.concat([table, easy]))["verdict"] == "fails"
