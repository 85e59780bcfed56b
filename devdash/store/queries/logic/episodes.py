"""Replayed episodes on bridge boards, step by step."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot

EPISODE = "run = ? AND agent = ? AND episode = ?"


@rows_of("logic_board", steps="steps of the episode", total="return", won="won")
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


@rows_of("logic_board")
def board_things(
    db: Snapshot, run: str, agent: str | None = None, episode: int | None = None, step: int | None = None
) -> pd.DataFrame:
    """What stands on the board at a step of an episode; by default at the beginning of the first."""
    agent, episode = _episode(db, run, agent, episode)
    return db.rows(
        f"SELECT * EXCLUDE (run) FROM logic_board WHERE {EPISODE} AND step = ? ORDER BY entity",
        [run, agent, episode, step or 0],
    )


@rows_of("logic_attention")
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


@rows_of("logic_pair")
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


@rows_of("logic_attention")
def board_heads(db: Snapshot, run: str, agent: str | None = None) -> pd.DataFrame:
    """Blocks and heads of 1-simplicial attention."""
    agent, _ = _episode(db, run, agent, None)
    return db.rows(
        "SELECT DISTINCT block, head FROM logic_attention WHERE run = ? AND agent = ? ORDER BY block, head",
        [run, agent],
    )


def _episode(db: Snapshot, run: str, agent: str | None, episode: int | None) -> tuple[str | None, int | None]:
    """The given episode; by default the first of the list, of the given agent."""
    episodes = board_episodes(db, run)
    episodes = episodes if agent is None else episodes[episodes["agent"] == agent]
    if episodes.empty:
        return None, None
    first = episodes.iloc[0]
    return (agent or first["agent"]), (int(first["episode"]) if episode is None else episode)
