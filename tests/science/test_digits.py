"""Digits: the data, the network, runs compared at equal training loss, and the rules of claim D-5."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.distributions import digits
from devdash.measures.degeneracy import digits_claims
from devdash.measures.degeneracy.digits import stacked_losses
from devdash.models import mlp
from devdash.pipeline.experiment import Workspace
from devdash.training.optimisers import Nesterov
from precompute.degeneracy import digits as experiment

WORKSPACE = Workspace(Path(), seed=0)
SMOKE = experiment.SMOKE_DIGITS


def test_split_holds_every_digit_once():
    parts = digits.split(4000, seed=3)
    assert torch.bincount(torch.cat([parts.y, parts.y_test])).tolist() == [500] * 10
    assert parts.x.shape == (4000, 784) and parts.x_test.shape == (1000, 784)
    assert parts.x.min() == 0 and parts.x.max() == 1
    assert torch.equal(parts.x, digits.split(4000, seed=3).x)
    assert not torch.equal(parts.x, digits.split(4000, seed=4).x)


def test_pooling_averages_blocks():
    full, pooled = (digits.split(100, seed=0, pool=pool).x[7] for pool in (1, 2))
    blocks = full.reshape(28, 28)[4:6, 10:12]
    assert torch.isclose(pooled.reshape(14, 14)[2, 5], blocks.mean())
    assert torch.isclose(full.mean(), pooled.mean())


def test_impossible_splits_are_named():
    with pytest.raises(ValueError, match="train = 5000"):
        digits.split(5000, seed=0)
    with pytest.raises(ValueError, match="pool = 3"):
        digits.split(100, seed=0, pool=3)


def test_network_is_that_of_pytorch():
    params = mlp.initial((6, 5, 4, 3), seed=0)
    layers = [torch.nn.Linear(a, b) for a, b in ((6, 5), (5, 4), (4, 3))]
    for number, layer in enumerate(layers, 1):
        layer.weight.data, layer.bias.data = params[f"W{number}"], params[f"b{number}"]
    relu = torch.nn.ReLU()
    twin = torch.nn.Sequential(layers[0], relu, layers[1], relu, layers[2])
    x, y = torch.randn(8, 6), torch.randint(3, (8,))
    losses = torch.nn.functional.cross_entropy(twin(x), y, reduction="none")
    assert torch.allclose(mlp.cross_entropy(params, (x, y)), losses, atol=1e-6)


def test_runs_are_matched_at_the_first_look_below_a_level():
    config = replace(SMOKE, levels=(1.5, 1.0), steps=150)
    data = experiment.images(config, WORKSPACE)
    for seed in range(config.seeds):
        run = experiment.train(config, experiment.settings(config)[0], seed, data, WORKSPACE)
        assert len(run.matched) == 2 and run.matched == sorted(run.matched)
        for level, step in zip(config.levels, run.matched, strict=True):
            stack = {name: tensor[None] for name, tensor in run.weights[step].items()}
            assert 0.9 * level < stacked_losses(stack, data.data)[0] < level


def test_settings_sweep_rates_and_batches_around_one_base():
    settings = experiment.settings(experiment.LAPTOP_DIGITS)
    assert len({setting.name for setting in settings}) == len(settings) == 8
    sgd = [s for s in settings if isinstance(s.optimiser, Nesterov)]
    assert len([s for s in sgd if s.batch_size == 64]) == 4
    assert len([s for s in sgd if s.optimiser.learning_rate == 0.04]) == 4


def test_starts_are_shared_between_settings():
    data = experiment.images(SMOKE, WORKSPACE)
    config = replace(SMOKE, first_save=0, steps=2)
    for seed in range(config.seeds):
        run, twin = (
            experiment.train(config, s, seed, data, WORKSPACE) for s in experiment.settings(config)[:2]
        )
        assert all(torch.equal(run.weights[0][name], twin.weights[0][name]) for name in run.weights[0])


def steps(entropy=0.0, rate=0.0, batch=0.0, seeds=5, verdict="reliable", noise=0.001) -> pd.DataFrame:
    """Rows of digits_step with given relative effects on λ̂ = 100."""
    random, rows = np.random.default_rng(1), []
    runs = [("Entropy-SGD", 0.1, 64)]
    runs += [("SGD", r, 64) for r in (0.01, 0.02, 0.04, 0.08)] + [("SGD", 0.04, b) for b in (32, 128, 256)]
    for kind, eta, size in runs:
        effect = entropy if kind != "SGD" else rate * np.log2(eta / 0.04) + batch * np.log2(size / 64)
        for seed in range(seeds):
            for step, loss in ((100, 0.1), (200, 0.05)):
                rows.append(
                    {
                        "setting": f"{kind} {eta} {size}",
                        "optimiser": kind,
                        "learning_rate": eta,
                        "batch_size": size,
                        "seed": seed,
                        "step": step,
                        "train_loss": loss,
                        "matched": True,
                        "level": loss,
                        "verdict": verdict,
                        "std_err": 1.0,
                        "llc": 100 * (1 + effect + noise * random.normal()),
                    }
                )
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("effects", "verdicts"),
    [
        ({"entropy": -0.1, "rate": -0.1, "batch": 0.1}, ["holds", "holds", "holds"]),
        ({"entropy": 0.1, "rate": 0.1, "batch": -0.1}, ["fails", "fails", "fails"]),
        ({}, ["undecided", "undecided", "undecided"]),
        ({"entropy": -0.1, "rate": -0.1, "seeds": 2}, ["undecided", "undecided", "undecided"]),
    ],
)
def test_verdicts_follow_the_sign_of_the_interval(effects, verdicts):
    table = digits_claims.table(steps(**effects))
    assert table["claim"].tolist() == ["D-5a", "D-5b", "D-5c"]
    assert table["verdict"].tolist() == verdicts


def test_interval_of_the_optimisers_holds_the_effect():
    claim = digits_claims.table(steps(entropy=-0.1, noise=0.01)).iloc[0]
    assert claim["low"] < -10 < claim["high"] < 0


def test_unreliable_estimates_do_not_count():
    claims = digits_claims.table(steps(entropy=-0.1, verdict="not converged"))
    assert claims["verdict"].tolist() == ["undecided"] * 3
    assert "no pair" in claims["measured"][0]


def test_unmatched_rows_do_not_count():
    rows = steps(entropy=-0.1)
    far = rows.assign(matched=False, level=np.nan, llc=1e6, step=rows["step"] + 1)
    pd.testing.assert_frame_equal(digits_claims.table(rows), digits_claims.table(pd.concat([rows, far])))
