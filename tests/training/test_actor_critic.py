"""Actor-critic: advantages against their definition, gradients, a bandit, and agents on bridge boards."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.distributions import bridge_lockstep
from devdash.distributions.bridge_puzzles import NONE, draw
from devdash.models import board_agent
from devdash.models.simplicial import SimplicialShape
from devdash.pipeline.experiment import Workspace
from devdash.training import actor_critic
from devdash.training.actor_critic import ActorCritic
from precompute.logic import agents as logic_agents
from precompute.logic import boards as logic_boards
from precompute.logic import replay as logic_replay
from precompute.logic.agents import Learner
from precompute.logic.boards import SMOKE_BOARDS

SMALL = SimplicialShape(width=16, head_width=8, hidden=16)
AGENTS = {"relational": SMALL, "simplicial": replace(SMALL, pair_heads=1, pair_width=8, virtual=2)}
BOARDS = ActorCritic(boards=16, steps=4)


def test_advantages_are_their_definition():
    generator = torch.Generator().manual_seed(0)
    rewards, values = torch.randn(6, 3, generator=generator), torch.randn(6, 3, generator=generator)
    ended, after = torch.rand(6, 3, generator=generator) < 0.3, torch.randn(3, generator=generator)
    advantages = actor_critic.advantages(rewards, ended, values, after, 0.9, 0.8)
    following = torch.cat([values[1:], after[None]])
    surprise = rewards + 0.9 * following * ~ended - values
    for board in range(3):
        for step in range(6):
            expected, weight = 0.0, 1.0
            for later in range(step, 6):
                expected += weight * surprise[later, board]
                if ended[later, board]:
                    break
                weight *= 0.9 * 0.8
            assert advantages[step, board] == pytest.approx(float(expected), abs=1e-5)


def test_advantages_with_full_trace_are_returns_less_values():
    rewards = torch.tensor([[1.0], [2.0], [4.0]])
    values, ended = torch.tensor([[0.5], [0.25], [9.0]]), torch.tensor([[False], [True], [False]])
    advantages = actor_critic.advantages(rewards, ended, values, torch.tensor([8.0]), 1.0, 1.0)
    assert advantages[:, 0].tolist() == [3 - 0.5, 2 - 0.25, 4 + 8 - 9.0]


def test_loss_of_a_uniform_policy_and_its_gradient():
    settings = ActorCritic(entropy=1.0, value=0.5)
    logits = torch.tensor([[0.0, 0.0, -torch.inf]], requires_grad=True)
    sample = (torch.tensor([1.0]), torch.tensor([0]), torch.tensor([2.0]), torch.tensor([4.0]))
    value = actor_critic.loss(logits, *sample, settings)
    assert value.item() == pytest.approx(0.5 * 9 + 2 * np.log(2) - np.log(2))
    value.backward()  # at the uniform policy the entropy is stationary: −A (1 − ½), +A ½, 0
    assert logits.grad[0].tolist() == pytest.approx([-1.0, 1.0, 0.0])


@pytest.mark.slow
def test_actor_critic_finds_the_better_arm():
    settings, logits = ActorCritic(entropy=0.0, value=0.5), torch.zeros(3, requires_grad=True)
    value = torch.zeros(1, requires_grad=True)
    optimiser, generator = torch.optim.Adam([logits, value], lr=0.1), torch.Generator().manual_seed(0)
    for _ in range(150):
        policy = logits.detach().softmax(0)
        arms = torch.multinomial(policy, 64, True, generator=generator)
        returns = torch.tensor([0.2, 1.0, 0.5])[arms]
        values = value.expand(64)
        batch = (logits.expand(64, 3), values, arms, returns - values.detach(), returns, settings)
        optimiser.zero_grad()
        actor_critic.loss(*batch).backward()
        optimiser.step()
    assert logits.detach().softmax(0)[1] > 0.95
    assert value.item() == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("agent", AGENTS)
def test_agent_reads_a_set_of_entities_of_which_the_absent_do_not_matter(agent):
    shape = AGENTS[agent]
    params = board_agent.initial(shape, bridge_lockstep.FEATURES, 0)
    seen = bridge_lockstep.entities(bridge_lockstep.begin(draw(np.random.default_rng(0), 20)))
    x, present, legal = (
        torch.from_numpy(array) for array in (bridge_lockstep.features(seen), seen.present, seen.legal)
    )
    first = board_agent.read(shape, params, x, present, legal)
    order = torch.randperm(bridge_lockstep.ENTITIES, generator=torch.Generator().manual_seed(1))
    moved = board_agent.read(shape, params, x[:, order], present[:, order], legal[:, order])
    assert torch.allclose(moved.logits, first.logits[:, order], atol=1e-5)
    assert torch.allclose(moved.value, first.value, atol=1e-5)
    noisy = board_agent.read(shape, params, torch.where(present[..., None], x, 7.0), present, legal)
    assert torch.allclose(noisy.logits, first.logits, atol=1e-5)
    assert (first.logits.isfinite() == legal).all()


def test_uniform_policy_wins_as_often_as_counting_says():
    """L = 1 with a bridge: of the two loose keys, one also opens the bridge: ½ · ¼ + ½ · ½ = .375."""
    params = board_agent.initial(SMALL, bridge_lockstep.FEATURES, 0)
    params |= {name: torch.zeros_like(params[name]) for name in ("policy.W_out", "policy.b_out")}
    puzzles = draw(np.random.default_rng(3), 4000)
    played = logic_agents.play(SMALL, params, puzzles, logic_agents.gumbel(5, 4000))
    short = played.won[(puzzles.length == 1) & (puzzles.source != NONE)]
    assert abs(short.mean() - 0.375) < 4 * (0.375 * 0.625 / len(short)) ** 0.5
    assert abs(played.won.mean() - 0.713) < 4 * (0.713 * 0.287 / 4000) ** 0.5
    assert played.won[puzzles.source == NONE].all()
    assert (played.total[played.won] == 2 * puzzles.length[played.won] + 10).all()
    assert (played.total[~played.won] < 2 * puzzles.length[~played.won] + 1).all()


@pytest.mark.parametrize("agent", AGENTS)
def test_training_that_was_interrupted_ends_with_the_same_weights(agent, tmp_path):
    whole = Learner(AGENTS[agent], BOARDS, 4, tmp_path / "whole")
    for _ in range(5):
        whole.update()
    first = Learner(AGENTS[agent], BOARDS, 4, tmp_path / "part")
    for _ in range(3):
        first.update()
    first.save(now=True)
    second = Learner(AGENTS[agent], BOARDS, 4, tmp_path / "part")
    assert second.done == 3
    for _ in range(2):
        second.update()
    for name, tensor in whole.params.items():
        assert torch.equal(tensor, second.params[name]), name
    assert (whole.state.held == second.state.held).all() and second.frames == 5 * 64


def test_training_says_when_it_diverges(tmp_path):
    learner = Learner(SMALL, replace(BOARDS, reward_scale=float("nan")), 4, tmp_path)
    with pytest.raises(FloatingPointError, match="learning rate"):
        learner.update()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[Workspace, dict[str, pd.DataFrame]]:
    """Rows of both agents at smoke size."""
    workspace = Workspace(tmp_path_factory.mktemp("data") / "runs" / "logic", 0)
    tables = {agent: logic_boards.train(SMOKE_BOARDS, agent, 0, workspace) for agent in AGENTS}
    return workspace, tables


def test_curve_and_types_count_the_same_wins(trained):
    for tables in trained[1].values():
        curve, types = tables["logic_curve"].set_index("frames"), tables["logic_puzzle"]
        assert curve.index.tolist() == [
            64 * step for step in sorted(logic_boards.evaluated_updates(SMOKE_BOARDS))
        ]
        summed = types.groupby("frames")[["episodes", "wins"]].sum()
        assert (summed["episodes"] == SMOKE_BOARDS.episodes).all()
        assert (summed["wins"] / summed["episodes"] == curve["win_rate"]).all()
        assert ((curve["low"] < curve["win_rate"]) & (curve["win_rate"] < curve["high"])).all()
        plain = types[~types["bridge"]]
        assert (plain["wins"] == plain["episodes"]).all() and plain["source"].isna().all()


@pytest.mark.parametrize("agent", AGENTS)
def test_replayed_episodes_are_those_of_the_evaluation(trained, agent):
    workspace, _ = trained
    rows = logic_boards.replay(SMOKE_BOARDS, agent, workspace)
    learner = logic_boards.learner_of(SMOKE_BOARDS, agent, 0, workspace)
    puzzles, noise = logic_boards.evaluation(SMOKE_BOARDS, workspace)
    played = logic_agents.play(learner.shape, learner.params, puzzles, noise)
    board, indices = rows["logic_board"], logic_replay.replayed(puzzles)
    totals = board[board["chosen"]].groupby("episode")["reward"].sum()
    assert totals.tolist() == played.total[indices].tolist()
    assert (board.groupby(["episode", "step"])["probability"].sum() - 1).abs().max() < 1e-5
    assert (board[board["chosen"]]["legal"]).all() and board.groupby("episode")["done"].max().all()
    place = ["episode", "step", "block", "head", "query"]
    assert (rows["logic_attention"].groupby(place)["weight"].sum() - 1).abs().max() < 1e-5
    assert ("logic_pair" in rows) == (agent == "simplicial")
    if agent == "simplicial":
        assert (rows["logic_pair"].groupby(place)["weight"].sum() - 1).abs().max() < 1e-5
        real = rows["logic_attention"].query("query < 10 and key >= 10")["weight"]
        assert len(real) and (real == 0).all()  # ordinary entities do not see virtual ones


def test_first_of_each_length_with_and_without_bridge_is_shown():
    puzzles = draw(np.random.default_rng(0), 200)
    kinds = [
        (int(puzzles.length[i]), bool(puzzles.source[i] != NONE)) for i in logic_replay.replayed(puzzles)
    ]
    assert kinds == [(length, bridge) for length in (1, 2, 3) for bridge in (False, True)]
