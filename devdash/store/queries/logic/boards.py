"""Bridge boards: what agents solve over training."""

import pandas as pd

from devdash.intervals import Z_95
from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot


@rows_of("logic_curve", model="training")
def board_curves(db: Snapshot, run: str) -> pd.DataFrame:
    """Share of episodes won by every training, with 95 % intervals over episodes."""
    return db.rows(
        "SELECT * EXCLUDE (run), agent || ', seed ' || seed AS model FROM logic_curve WHERE run = ? "
        "ORDER BY agent, seed, frames",
        [run],
    )


@rows_of("logic_curve", lowest="lowest training", highest="highest training")
def board_ends(db: Snapshot, run: str) -> pd.DataFrame:
    """Share won by each agent over its trainings, at the last evaluation that all trainings have;
    the lowest and the highest training."""
    return db.rows(
        """
        WITH shared AS (
            SELECT frames FROM logic_curve WHERE run = ? GROUP BY frames
            HAVING count(*) = (SELECT count(DISTINCT (agent, seed)) FROM logic_curve WHERE run = ?)
        )
        SELECT agent, frames, count(*) AS trainings, sum(episodes) AS episodes,
               sum(win_rate * episodes) / sum(episodes) AS win_rate,
               min(win_rate) AS lowest, max(win_rate) AS highest
        FROM logic_curve WHERE run = ? AND frames = (SELECT max(frames) FROM shared)
        GROUP BY agent, frames ORDER BY agent
        """,
        [run, run, run],
    )


@rows_of("logic_puzzle", win_rate="share of episodes won", n="episodes", low="low (95 %)", high="high (95 %)")
def win_types(db: Snapshot, run: str) -> pd.DataFrame:
    """Share won by each agent of each puzzle type at its last evaluation, over all trainings, with Wilson's
    95 % interval."""
    return db.rows(
        f"""
        WITH last AS (
            SELECT * FROM logic_puzzle WHERE run = ? QUALIFY frames = max(frames) OVER (PARTITION BY agent)
        ), counted AS (
            SELECT agent, length, bridge, source, target, frames, sum(episodes) AS n, sum(wins) AS wins,
                   count(*) AS trainings
            FROM last GROUP BY ALL
        )
        SELECT *, wins / n AS win_rate, (wins + {Z_95}^2 / 2) / (n + {Z_95}^2) AS middle,
               {Z_95} / (n + {Z_95}^2) * sqrt(wins * (n - wins) / n + {Z_95}^2 / 4) AS half,
               middle - half AS low, middle + half AS high
        FROM counted WHERE n > 0 ORDER BY length, bridge, source NULLS FIRST, target, agent
        """,
        [run],
    )
