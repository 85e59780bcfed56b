"""The LLC benchmark: both sides have one loss, costs are counted as they should be, its short form runs."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from benchmarks.llc import jobs, ours, peer_models, problems, report
from benchmarks.llc.cost import best, reached
from benchmarks.llc.works import COSTS, GAUSSIAN
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, initial
from tests.conftest import ROOT

SHAPE = Shape(layers=2, heads=2, width=8, context=6, vocabulary=11)


def test_the_peers_transformer_has_our_loss_for_the_shape_as_it_is_written_down():
    weights = initial(SHAPE, seed=0)
    tokens = torch.randint(11, (5, 7), generator=torch.Generator().manual_seed(0))
    twin = peer_models.Transformer(**peer_models.sizes(json.loads(json.dumps(vars(SHAPE)))))
    twin.load_state_dict(peer_models.transformer_layout(weights, SHAPE.layers))
    theirs = peer_models.next_token(twin, tokens).mean(1)
    torch.testing.assert_close(theirs, NextToken()(weights, (tokens,)))


def test_a_head_width_that_the_twin_does_not_know_is_refused():
    with pytest.raises(ValueError, match="head_width 3"):
        peer_models.sizes(vars(Shape(layers=1, heads=2, width=8, head_width=3)))


def test_the_peers_gaussian_has_our_loss(tmp_path):
    problems.gaussian(tmp_path)
    loss, params, data = ours.load(tmp_path)
    w = torch.randn(len(params["w"]), generator=torch.Generator().manual_seed(0))
    twin = peer_models.Gaussian(load_file(tmp_path / "data.safetensors")["h"])
    twin.load_state_dict({"w": w, "h": twin.h})
    theirs = peer_models.gaussian_loss(twin, torch.zeros(3, 2))
    assert data is None and theirs.shape == (3, 1)
    torch.testing.assert_close(theirs[0, 0], loss({"w": w}, None))


def test_reached_counts_burn_in_bias_and_spread():
    steps = np.arange(1000)
    relaxing = np.tile(1 - np.exp(-steps / 20), (4, 1))
    assert 60 <= reached(relaxing, 1.0) <= 200  # the mean over the later half is 2 % off at about 100 steps
    assert reached(relaxing * 1.03, 1.0) is None  # it passes the truth on its way to a biased value
    noise = np.random.default_rng(0).normal(size=(50, 20_000))
    needed = reached(1 + 0.2 * noise, 1.0)
    assert 100 <= needed <= 400  # 2 % = .2 / √(N / 2) at N = 200
    assert reached(np.full((2, 10), np.nan), 1.0) is None


def test_best_step_is_the_one_with_the_fewest_gradients():
    row = COSTS[0]
    slow, fast = (np.tile(1 - np.exp(-np.arange(1000) / time), (2, 1)) for time in (40, 10))
    cost = best({1e-4: slow, 1e-3: fast, 1e-2: 2 * fast}, 1.0, row)
    assert cost["best"]["epsilon"] == 1e-3
    assert cost["best"]["gradients"] == reached(fast, 1.0) * row.settings.chains
    assert cost["steps"][2]["gradients"] is None and cost["steps"][2]["bias"] == pytest.approx(1, abs=0.01)


def test_a_cost_that_nobody_reaches_is_said():
    row = COSTS[0]
    lost = best({1e-3: np.full((2, 10), 1.5)}, 1.0, row)
    near = best({1e-3: np.ones((2, 10))}, 1.0, row)
    rows = [
        {"work": "w", "wanted": 0.1, "truth": 1.0, "truth_error": 0.0, "sides": {"ours": near, "SGLD": lost}}
    ]
    table = report.costs(rows)
    assert "not in 10 steps (best 50.0% off, ε 0.001)" in table
    assert "| no peer is within 2 % | ≤ 1/10 ✓ |" in table


@pytest.mark.slow
def test_a_workers_failure_is_shown(tmp_path):
    (tmp_path / "problem.json").write_text("{}")
    save_file({"w": torch.zeros(2)}, tmp_path / "weights.safetensors")
    with pytest.raises(RuntimeError, match=r"data\.safetensors"):
        jobs.run(sys.executable, "ours", jobs.Job(str(tmp_path), check=1))


@pytest.mark.slow
def test_a_worker_answers_as_this_process_does(tmp_path):
    problems.gaussian(tmp_path)
    settings = replace(GAUSSIAN, epsilon=1e-4, draws=3)
    job = jobs.Job(str(tmp_path), settings, seeds=(5,), trace=True)
    assert jobs.run(sys.executable, "ours", job) == jobs.run(jobs.HERE, "ours", job)


@pytest.mark.slow
def test_short_form_runs_without_the_peer(tmp_path):
    command = [sys.executable, "-m", "benchmarks.llc", "--quick", "--without-peer", "--device", "cpu"]
    done = subprocess.run([*command, "--work", str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for row in (
        "Gaussian, 16,480 weights",
        "all 8 heads in one call",
        "tanh network: reported Monte Carlo error",
    ):
        assert row in done.stdout
    assert "M weights in bf16 on processor" in done.stdout
