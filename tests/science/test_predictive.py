"""Predictives of a two-layer head against regular regression, Monte Carlo, and exact Gaussians."""

import math

import pytest
import torch

from devdash.measures.generalisation import predictive
from devdash.measures.generalisation.predictive import Data, HeldOut, Point
from devdash.models import feature_network
from devdash.models.feature_network import HEADS, FeatureShape

IDENTITY, SCALE = HEADS["identity"], 3.0


def normal(*shape, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def problem(n: int = 60, seed: int = 0, activation=IDENTITY):
    A, B = normal(2, 3, seed=seed), normal(2, 2, seed=seed + 1)
    x, new = normal(n, 3, seed=seed + 2), normal(400, 3, seed=seed + 3)
    y = activation(x @ A.mT) @ B.mT + normal(n, 2, seed=seed + 4)
    test = HeldOut(new, activation(new @ A.mT) @ B.mT, normal(400, 2, seed=seed + 5))
    return Point(A, B), Data(x, y), test


def test_the_truth_itself_has_no_error():
    truth, _, test = problem()
    assert predictive.mixture(Point(truth.A[None], truth.B[None]), test, IDENTITY) == pytest.approx(
        0, abs=1e-12
    )


def test_a_single_point_has_half_its_squared_distance():
    """Both signs of the noise cancel what is odd in it: exactly ½ E‖f − f₀‖² on the test inputs."""
    truth, _, test = problem()
    moved = Point(truth.A[None] + 0.1, truth.B[None])
    away = test.x @ moved.A[0].mT @ moved.B[0].mT - test.mean
    wanted = float(away.square().sum(-1).mean() / 2)
    assert predictive.mixture(moved, test, IDENTITY) == pytest.approx(wanted, rel=1e-9)


def test_integrating_the_last_layer_is_its_monte_carlo_mean():
    truth, data, test = problem()
    exact = predictive.bayes(truth.A[None], data, test, IDENTITY, SCALE)
    drawn = predictive.laplace_last(truth, data, IDENTITY, SCALE, 4000, seed=9)
    assert predictive.mixture(drawn, test, IDENTITY) == pytest.approx(exact, rel=0.05)


def test_free_energy_is_the_evidence_of_linear_regression():
    truth, data, _ = problem(n=8)
    A = torch.stack([truth.A, normal(2, 3, seed=20)])
    energies = predictive.free_energy(A, data, torch.relu, SCALE)
    exact = []
    for matrix in A:
        h = torch.relu(data.x @ matrix.mT)
        covariance = torch.eye(8, dtype=h.dtype) + SCALE**2 * h @ h.mT
        law = torch.distributions.MultivariateNormal(torch.zeros(8, dtype=h.dtype), covariance)
        exact.append(-law.log_prob(data.y.mT).sum())
    assert float(energies[1] - energies[0]) == pytest.approx(float(exact[1] - exact[0]), rel=1e-8)


def test_map_is_a_minimum_and_no_farther_than_the_truth():
    truth, data, _ = problem()
    start = predictive.linear_start(data, 2)
    point = predictive.find_map(start, data, IDENTITY, SCALE)

    def potential(candidate: Point) -> float:
        error = data.y - data.x @ candidate.A.mT @ candidate.B.mT
        return float(error.square().sum() + predictive.flat(candidate).square().sum() / SCALE**2) / 2

    assert potential(point) <= min(potential(start), potential(truth)) + 1e-9
    for seed in range(5):
        moved = predictive.unflat(predictive.flat(point) + 1e-3 * normal(10, seed=seed), point)
        assert potential(moved) >= potential(point) - 1e-9


def test_laplace_of_the_identity_head_is_singular():
    """Rotations between A and B change neither function nor prior: the Hessian has an eigenvalue 0."""
    _, data, _ = problem()
    point = predictive.find_map(predictive.linear_start(data, 2), data, IDENTITY, SCALE)
    assert predictive.laplace(point, data, IDENTITY, SCALE, 10, seed=0) is None


@pytest.mark.slow
def test_laplace_of_one_layer_has_the_posterior_s_covariance():
    """With A of one row the rotation is gone; far from 0 the curvature of B is that of regression."""
    x = normal(400, 1, seed=1)
    data = Data(x, 2 * x + normal(400, 1, seed=2))
    start = Point(torch.ones(1, 1, dtype=torch.float64), 2 * torch.ones(1, 1, dtype=torch.float64))
    point = predictive.find_map(start, data, IDENTITY, SCALE)
    drawn = predictive.laplace(point, data, IDENTITY, SCALE, 20_000, seed=3)
    product = (drawn.A * point.B + drawn.B * point.A)[:, 0, 0]  # AB to first order
    assert float(product.std()) == pytest.approx(1 / math.sqrt(float(x.square().sum())), rel=0.03)


@pytest.mark.slow
def test_networks_are_trained_each_on_its_own_data():
    shape = FeatureShape(layers=1, width=4)
    models = [feature_network.initial(shape, seed) for seed in range(2)]
    stacked = {name: torch.stack([model[name] for model in models]) for name in models[0]}
    x = normal(2, 80, 3, seed=1)
    y = normal(2, 80, 3, seed=2) + x
    settings = ("identity", 400, 0.01, 5e-4)
    trained = feature_network.train(stacked, x, y, *settings)
    alone = feature_network.train({k: t[:1] for k, t in stacked.items()}, x[:1], y[:1], *settings)
    for name, tensor in alone.items():
        assert torch.allclose(trained[name][:1], tensor, atol=1e-6), "models do not touch each other"
    model = {name: tensor[0] for name, tensor in trained.items()}
    before = (y[0] - feature_network.forward(models[0], x[0], "identity")).square().mean()
    after = (y[0] - feature_network.forward(model, x[0], "identity")).square().mean()
    assert after < 0.8 * before


def test_shapes_count_their_weights():
    for layers in (1, 5):
        shape = FeatureShape(layers)
        assert sum(t.numel() for t in feature_network.initial(shape, 0).values()) == shape.weights
    assert FeatureShape().last_weights == 18
