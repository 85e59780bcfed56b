"""The logic experiment on bridge boards: what play can lead to, agents in training, replayed episodes."""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from devdash.distributions.bridge_puzzles import LENGTHS, NONE, Puzzles, draw
from devdash.measures.logic.board_search import search
from devdash.models.simplicial import PAPER_RELATIONAL, PAPER_SIMPLICIAL, SimplicialShape
from devdash.pipeline import progress
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.training.actor_critic import ActorCritic
from precompute.logic import replay as logic_replay
from precompute.logic.agents import Learner, gumbel, play

SEARCH_S = 0.02  # of one core for a board
FRAME_S = {"simplicial": 3.4e-4, "relational": 1.3e-4}  # of one core for an action of training, slowest first


@dataclass(frozen=True)
class Boards:
    """Settings. seeds: trainings of each agent, of so many updates; evaluations: about how many, log-spaced,
    besides one `every` so many updates, each on the same `episodes`; searched: boards of each puzzle type
    that are searched exhaustively."""

    relational: SimplicialShape = PAPER_RELATIONAL
    simplicial: SimplicialShape = PAPER_SIMPLICIAL
    learning: ActorCritic = field(default_factory=ActorCritic)
    seeds: int = 3
    updates: int = 1000
    evaluations: int = 12
    every: int = 100
    episodes: int = 4096
    searched: int = 60


LAPTOP_BOARDS = Boards()
SMOKE_BOARDS = Boards(
    relational=SimplicialShape(width=16, head_width=8, hidden=16),
    simplicial=SimplicialShape(width=16, head_width=8, hidden=16, pair_heads=1, pair_width=8, virtual=2),
    learning=ActorCritic(boards=16, steps=4),
    seeds=1,
    updates=6,
    evaluations=3,
    episodes=64,
    searched=1,
)
PAPER_BOARDS = replace(LAPTOP_BOARDS, seeds=4, updates=2_700_000, evaluations=40, every=50_000, searched=500)


def boards_rounds(config: Boards, workspace: Workspace) -> list[Round]:
    """Search and training, then the replayed episodes."""
    frames = config.updates * config.learning.frames
    trainings = [
        Job(
            f"board training {agent} {seed}", partial(train, config, agent, seed, workspace), frames * seconds
        )
        for agent, seconds in FRAME_S.items()
        for seed in range(config.seeds)
    ]
    count = config.searched * len(types())
    searching = Job("board search", partial(search_boards, config, workspace), count * SEARCH_S)
    episodes = [
        Job(f"board replay {agent}", partial(replay, config, agent, workspace), 5) for agent in FRAME_S
    ]
    return [Round("train on boards", [*trainings, searching]), Round("replay boards", episodes)]


def agents(config: Boards) -> dict[str, SimplicialShape]:
    """Name → sizes of the tower."""
    return {"relational": config.relational, "simplicial": config.simplicial}


def types() -> list[tuple[int, int, int]]:
    """All puzzle types (L, source, target), NONE and NONE without bridge."""
    bridged = [
        (length, source, target)
        for length in LENGTHS
        for source in range(1, length + 1)
        for target in range(length + 1, 2 * length + 1)
    ]
    return [*((length, NONE, NONE) for length in LENGTHS), *bridged]


def type_columns(kind: tuple[int, int, int]) -> dict:
    """A puzzle type as columns of a table."""
    length, source, target = kind
    bridge = source != NONE
    numbers = {"source": source, "target": target} if bridge else {"source": None, "target": None}
    return {"length": length, "bridge": bridge, **numbers}


def search_boards(config: Boards, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of logic_search: what play can lead to on random boards of every type."""
    rows = []
    for kind in types():
        generator = np.random.default_rng(workspace.seed_of("board search", *kind))
        boards = [search(puzzle) for puzzle in drawn(generator, kind, config.searched)]
        dead = None if kind[1] == NONE else sum(one.dead_after_bridge for one in boards)
        rows.append(
            type_columns(kind)
            | {
                "boards": len(boards),
                "winnable": sum(one.winnable for one in boards),
                "unlosable": sum(one.unlosable for one in boards),
                "dead_after_bridge": dead,
                "lowest_total": min(one.lowest for one in boards),
                "highest_total": max(one.highest for one in boards),
            }
        )
    return {"logic_search": pd.DataFrame(rows)}


def drawn(generator: np.random.Generator, kind: tuple[int, int, int], count: int) -> list:
    """Random puzzles of one type."""
    length, source, target = kind
    matching = []
    while len(matching) < count:
        puzzles = draw(generator, 4 * count, length, source != NONE)
        right = np.flatnonzero((puzzles.source == source) & (puzzles.target == target))
        matching += [puzzles.one(index) for index in right]
    return matching[:count]


def evaluated_updates(config: Boards) -> set[int]:
    """Updates after which to evaluate: 0, log-spaced, evenly spaced, the last."""
    spaced = np.geomspace(1, config.updates, config.evaluations).round().astype(int).tolist()
    return {*spaced, *range(0, config.updates, config.every)}


def learner_of(config: Boards, agent: str, seed: int, workspace: Workspace) -> Learner:
    """An agent in training, where its last session left it."""
    number = workspace.seed_of("board agent", seed)
    return Learner(agents(config)[agent], config.learning, number, workspace.files / f"boards-{agent}-{seed}")


def evaluation(config: Boards, workspace: Workspace) -> tuple[Puzzles, np.ndarray]:
    """The puzzles and the noise of every evaluation, the same for all agents."""
    generator = np.random.default_rng(workspace.seed_of("board evaluation"))
    return draw(generator, config.episodes), gumbel(workspace.seed_of("board noise"), config.episodes)


def train(config: Boards, agent: str, seed: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of logic_curve and logic_puzzle of one training, which goes on where a kill left it."""
    learner = learner_of(config, agent, seed, workspace)
    wanted, tested = evaluated_updates(config), evaluation(config, workspace)
    while True:
        fresh = not learner.rows or learner.rows[-1]["frames"] < learner.frames
        if learner.done in wanted and fresh:
            learner.rows.append(evaluate(learner, *tested))
        if learner.done >= config.updates:
            break
        learner.update()
        if learner.save():
            progress.say(f"boards, {agent} {seed}: update {learner.done:,} of {config.updates:,}")
    learner.save(now=True)
    place = {"agent": agent, "seed": seed}
    return tables(learner.rows, place)


def evaluate(learner: Learner, puzzles: Puzzles, noise: np.ndarray) -> dict:
    """What is kept of an evaluation: wins and episodes of every type, in the order of types()."""
    played = play(learner.shape, learner.params, puzzles, noise)
    counts = []
    for length, source, target in types():
        of_type = (puzzles.length == length) & (puzzles.source == source) & (puzzles.target == target)
        counts.append((int(of_type.sum()), int(played.won[of_type].sum())))
    return {
        "frames": learner.frames,
        "return_mean": float(played.total.mean()),
        "entropy": played.entropy,
        "wall_s": learner.wall_s,
        "counts": counts,
    }


def tables(rows: list[dict], place: dict) -> dict[str, pd.DataFrame]:
    """logic_curve with 95 % intervals (Wilson 1927), and logic_puzzle."""
    curve, by_type = [], []
    for row in rows:
        episodes, wins = (sum(numbers) for numbers in zip(*row["counts"], strict=True))
        interval = binomtest(wins, episodes).proportion_ci(0.95, "wilson")
        facts = {name: row[name] for name in ("frames", "return_mean", "entropy", "wall_s")}
        curve.append(
            place
            | facts
            | {"episodes": episodes, "win_rate": wins / episodes, "low": interval.low, "high": interval.high}
        )
        for kind, (count, won) in zip(types(), row["counts"], strict=True):
            numbers = {"frames": row["frames"], "episodes": count, "wins": won}
            by_type.append(place | numbers | type_columns(kind))
    return {"logic_curve": pd.DataFrame(curve), "logic_puzzle": pd.DataFrame(by_type)}


def replay(config: Boards, agent: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of logic_board, logic_attention and logic_pair: episodes of the first seed's last evaluation."""
    learner = learner_of(config, agent, 0, workspace)
    return logic_replay.episodes(learner, *evaluation(config, workspace), agent)
