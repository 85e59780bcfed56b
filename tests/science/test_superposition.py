"""The toy model of superposition: closed forms, k-gons, symmetries, crossings (arXiv 2310.06301)."""

import numpy as np
import pytest
import torch

from devdash.distributions import one_feature
from devdash.measures.superposition.claims import LOSSES, SHAPES
from devdash.measures.superposition.critical_points import describe
from devdash.measures.superposition.occupancy import predicted_crossing
from devdash.measures.superposition.tables import by_quadrature
from devdash.models import kgons
from devdash.models.superposition import Sample, kgon, name_kgon, per_example_loss, population_loss


def random_weights(seed: int, c: int = 6, many: tuple[int, ...] = ()):
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(*many, 2, c, generator=generator, dtype=torch.float64)
    return W, torch.randn(*many, c, generator=generator, dtype=torch.float64) / 2


@pytest.mark.parametrize("seed", range(20))
def test_population_loss_equals_quadrature(seed):
    W, b = random_weights(seed, 4 + seed % 4)
    assert abs(float(population_loss(W, b)) - by_quadrature(W, b)) < 1e-9


def test_population_loss_equals_monte_carlo():
    W, b = random_weights(1)
    losses = per_example_loss(W, b, one_feature.dense(*one_feature.draw(400_000, 6, 0), 6))
    assert abs(losses.mean() - population_loss(W, b)) < 4 * losses.std() / 400_000**0.5


@pytest.mark.parametrize("name", list(LOSSES))
def test_kgon_losses_and_gradients(name):
    k, sigma, phi = kgons.parse(name)
    W, b = kgon(k, 6, sigma, phi)
    W.requires_grad_(), b.requires_grad_()
    loss = population_loss(W, b)
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, (W, b))])
    assert abs(loss.item() - LOSSES[name]) < 6e-6
    assert abs(loss.item() - kgons.loss_level(k, 6, sigma, phi)) < 1e-14
    assert gradient.norm() < 1e-12
    assert name_kgon(W.detach(), b.detach()) == name


@pytest.mark.parametrize("k", list(SHAPES))
def test_kgon_shapes(k):
    assert np.allclose(kgons.shape(k), SHAPES[k], atol=1e-9)


def test_ninth_polygon_is_refused():
    with pytest.raises(ValueError, match="k = 9"):
        kgon(9, 9)
    with pytest.raises(ValueError, match="sigma = 3"):
        kgon(4, 6, sigma=3)


@pytest.mark.parametrize(("name", "zeros"), [("5", 4), ("5+", 1), ("6", 1)])
def test_hessian_zeros(name, zeros):
    facts = describe(*_place(name))
    assert 18 - facts["hessian_rank"] == zeros
    assert facts["negative_eigenvalues"] == 0
    assert facts["minimum"]


@pytest.mark.parametrize(("name", "minimum"), [("4++−", False), ("4−", True), ("4", True), ("4+", True)])
@pytest.mark.slow
def test_which_4_gons_are_minima(name, minimum):
    assert describe(*_place(name))["minimum"] == minimum


def test_dead_biases_of_both_signs_make_a_saddle():
    assert not describe(5, 7, 1)["minimum"]
    assert describe(5, 7, 2)["minimum"]


def _place(name: str):
    k, sigma, phi = kgons.parse(name)
    return k, 6, sigma, phi


def test_rotations_reflections_and_permutations_change_nothing():
    W, b = random_weights(2)
    angle = torch.tensor(0.7, dtype=torch.float64)
    turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    mirror = torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))
    order = torch.tensor([3, 1, 0, 5, 4, 2])
    for other_W, other_b in ((turn @ W, b), (mirror @ W, b), (W[:, order], b[order])):
        assert torch.isclose(population_loss(W, b), population_loss(other_W, other_b), rtol=1e-12)
        assert name_kgon(W, b) == name_kgon(other_W, other_b)


def test_sample_loss_and_gradient_are_exact():
    feature, mu = one_feature.draw(500, 6, 4)
    sample, x = Sample.of(feature, mu, 6), one_feature.dense(feature, mu, 6)
    W, b = random_weights(5, many=(30,))
    W.requires_grad_(), b.requires_grad_()
    direct = torch.stack([per_example_loss(W[i], b[i], x).mean() for i in range(30)])
    by_W, by_b = torch.autograd.grad(direct.sum(), (W, b))
    loss, slope_W, slope_b = sample.loss_and_gradient(W.detach(), b.detach())
    assert torch.allclose(loss, direct, rtol=1e-12)
    assert torch.allclose(slope_W, by_W, atol=1e-12)
    assert torch.allclose(slope_b, by_b, atol=1e-12)
    auto = torch.autograd.grad(sample.loss(W, b).sum(), (W, b))
    assert torch.allclose(auto[0], by_W, atol=1e-12)


def test_sample_with_a_feature_that_never_occurs():
    feature, mu = torch.tensor([0, 0, 2]), torch.tensor([0.2, 0.9, 0.5], dtype=torch.float64)
    W, b = random_weights(6, 4)
    expected = per_example_loss(W, b, one_feature.dense(feature, mu, 4)).mean()
    assert torch.isclose(Sample.of(feature, mu, 4).loss(W, b), expected)


def test_classification_ignores_columns_inside_the_hull():
    W, b = kgon(4, 6)
    W[:, 4] = torch.tensor([0.3, 0.2])
    assert name_kgon(W, b) == "4"
    W[:, 4] = torch.tensor([0.9, 0.9])
    assert name_kgon(W, b) == "5"


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"W \(2, 6\) and b \(5,\)"):
        population_loss(torch.zeros(2, 6), torch.zeros(5))


@pytest.mark.parametrize(
    ("a", "b", "llc", "constants", "published"),
    [
        ("5", "6", (7, 8.5), True, 601),
        ("5", "6", (7, 8.5), False, 445),
        ("5", "5+", (7, 8.5), True, 1593),
        ("5+", "6", (8.5, 8.5), True, 202),
        ("4+", "5", (5, 7), True, 381),
    ],
)
def test_free_energy_crossings(a, b, llc, constants, published):
    facts = [describe(*_place(name)) for name in (a, b)]
    loss = [f["loss"] for f in facts]
    norm = [f["half_norm"] if constants else 0.0 for f in facts]
    assert abs(predicted_crossing(loss, llc, norm) - published) < 1
