"""Match3 and bridge boards: agents over training, what they solve, episodes step by step.

Models of Match3 are named "2-simplicial, seed 0"; agents of boards are "relational" and "simplicial".
"""

import pandas as pd

from devdash.store.snapshot import Snapshot

MODEL = "regexp_extract(model, '^(.+), seed ([0-9]+)$', 1) AS agent, model"
Z = 1.96
EPISODE = "run = ? AND agent = ? AND episode = ?"


def match3_accuracy(db: Snapshot, run: str) -> pd.DataFrame:
    """Accuracy of every model over steps; agents in the order in which they were measured."""
    return db.rows(
        f"""
        SELECT {MODEL}, step, value, std_err FROM metric
        WHERE run = ? AND name = 'accuracy' AND agent <> '' ORDER BY agent, model, step
        """,
        [run],
    )


def match3_llc(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of every model over steps."""
    return db.rows(
        f"""
        SELECT {MODEL}, step, llc AS value, std_err, verdict, nbeta, gamma FROM llc
        WHERE run = ? AND agent <> '' AND component = 'full' ORDER BY agent, model, step
        """,
        [run],
    )


def match3_ends(db: Snapshot, run: str) -> pd.DataFrame:
    """Accuracy of every model at its last step; weights: of the agent; afterwards: with the weights on
    pairs made uniform after training; chance: of saying yes to all."""
    return db.rows(
        f"""
        WITH own AS (
            SELECT {MODEL}, step, name = 'accuracy, pairs made uniform' AS afterwards, value, std_err
            FROM metric WHERE run = ? AND name IN ('accuracy', 'accuracy, pairs made uniform')
            QUALIFY step = max(step) OVER (PARTITION BY model)
        ), said AS (
            SELECT {MODEL}, max(value) FILTER (name = 'weights') AS weights,
                   max(value) FILTER (name = 'accuracy of saying yes') AS chance
            FROM metric WHERE run = ? AND agent <> '' GROUP BY agent, model
        )
        SELECT own.*, max(weights) OVER (PARTITION BY own.agent) AS weights, max(chance) OVER () AS chance
        FROM own LEFT JOIN said USING (model) ORDER BY own.agent, afterwards, model
        """,
        [run, run],
    )


def board_curves(db: Snapshot, run: str) -> pd.DataFrame:
    """Share of episodes won by every training, with 95 % intervals over episodes."""
    return db.rows(
        "SELECT * EXCLUDE (run), agent || ', seed ' || seed AS model FROM logic_curve WHERE run = ? "
        "ORDER BY agent, seed, frames",
        [run],
    )


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
        SELECT *, wins / n AS win_rate, (wins + {Z}^2 / 2) / (n + {Z}^2) AS middle,
               {Z} / (n + {Z}^2) * sqrt(wins * (n - wins) / n + {Z}^2 / 4) AS half,
               middle - half AS low, middle + half AS high
        FROM counted WHERE n > 0 ORDER BY length, bridge, source NULLS FIRST, target, agent
        """,
        [run],
    )


def board_episodes(db: Snapshot, run: str) -> pd.DataFrame:
    """Replayed episodes: steps, return, whether the Gem was taken; those with a bridge first."""
    return db.rows(
        """
        WITH step AS (
            SELECT DISTINCT agent, episode, length, bridge, step, reward, done FROM logic_board WHERE run = ?
        )
        SELECT agent, episode, length, bridge, max(step) + 1 AS steps, sum(reward) AS total,
               arg_max(reward, step) > 0 AS won
        FROM step GROUP BY ALL ORDER BY bridge DESC, length DESC, agent DESC, episode
        """,
        [run],
    )


def board_things(
    db: Snapshot, run: str, agent: str | None = None, episode: int | None = None, step: int | None = None
) -> pd.DataFrame:
    """What stands on the board at a step of an episode; by default at the beginning of the first."""
    agent, episode = _episode(db, run, agent, episode)
    return db.rows(
        f"SELECT * EXCLUDE (run) FROM logic_board WHERE {EPISODE} AND step = ? ORDER BY entity",
        [run, agent, episode, step or 0],
    )


def board_attention(
    db: Snapshot,
    run: str,
    agent: str | None = None,
    episode: int | None = None,
    step: int | None = None,
    block: int = 0,
    head: int = 0,
) -> pd.DataFrame:
    """1-simplicial attention of one head at a step of an episode, by query and key."""
    agent, episode = _episode(db, run, agent, episode)
    return db.rows(
        f"""
        SELECT block, head, query, key, weight FROM logic_attention
        WHERE {EPISODE} AND step = ? AND block = ? AND head = ? ORDER BY query, key
        """,
        [run, agent, episode, step or 0, block, head],
    )


def board_pairs(
    db: Snapshot, run: str, agent: str | None = None, episode: int | None = None, step: int | None = None
) -> pd.DataFrame:
    """2-simplicial weights A_jk of every query, block and head at a step of an episode."""
    agent, episode = _episode(db, run, agent, episode)
    return db.rows(
        f"""
        SELECT block, head, query, j, k, weight FROM logic_pair
        WHERE {EPISODE} AND step = ? ORDER BY block, head, query, j, k
        """,
        [run, agent, episode, step or 0],
    )


def board_heads(db: Snapshot, run: str, agent: str | None = None) -> pd.DataFrame:
    """Blocks and heads of 1-simplicial attention."""
    agent, _ = _episode(db, run, agent, None)
    return db.rows(
        "SELECT DISTINCT block, head FROM logic_attention WHERE run = ? AND agent = ? ORDER BY block, head",
        [run, agent],
    )


def _episode(db: Snapshot, run: str, agent: str | None, episode: int | None) -> tuple[str | None, int | None]:
    """The given episode; by default the first of the list, of the given agent."""
    known = board_episodes(db, run)
    known = known if agent is None else known[known["agent"] == agent]
    if known.empty:
        return None, None
    first = known.iloc[0]
    return (agent or first["agent"]), (int(first["episode"]) if episode is None else episode)
