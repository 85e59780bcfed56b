"""Influence between tokens: against the derivative of a posterior mean, and against noise."""

import numpy as np
import pytest

from devdash.measures.heads import influence

DRAWS = 40_000


def test_it_is_the_derivative_of_the_posterior_mean_by_the_weight_of_a_token():
    """In a Gaussian posterior with linear losses ℓ = a·w, h more weight on ℓ_i moves E[ℓ_j] by −h a_i·a_j."""
    random = np.random.default_rng(0)
    slopes, draws = random.standard_normal((4, 3)), random.standard_normal((DRAWS, 3))
    losses, h = draws @ slopes.T, 0.1
    sizes = losses.std(0)
    measured = -influence.kernel(losses) * np.outer(sizes, sizes)
    for i in range(4):
        weight = np.exp(-h * losses[:, i])  # importance weights of the tilted posterior
        moved = (weight @ losses) / weight.sum() - losses.mean(0)
        tilted = -h * slopes[i] @ slopes.T  # exact
        assert np.allclose(tilted / h, measured[i], atol=5 * 4 / DRAWS**0.5)
        assert np.allclose(moved / h, tilted / h, atol=0.5)


def test_kernel_is_symmetric_with_ones_and_a_loss_that_does_not_move_has_none():
    losses = np.random.default_rng(1).standard_normal((50, 4))
    losses[:, 3] = 2.0
    kernel = influence.kernel(losses)
    assert np.allclose(kernel, kernel.T) and np.allclose(np.diag(kernel), [1, 1, 1, 0])
    assert np.allclose(kernel[:3, :3], np.corrcoef(losses[:, :3].T))


def replicates(shared: float):
    """Two kernels whose draws share structure of a size."""
    random = np.random.default_rng(2)
    slopes = shared * random.standard_normal((30, 2))
    return [
        influence.kernel(random.standard_normal((200, 2)) @ slopes.T + random.standard_normal((200, 30)))
        for _ in range(2)
    ]


def test_replicates_agree_where_there_is_structure_and_not_on_noise():
    assert influence.reliability(*replicates(2.0)) > 0.9
    assert abs(influence.reliability(*replicates(0.0))) < 4 / (30 * 29 / 2) ** 0.5


def test_partners_are_ranked_by_the_weaker_replicate_and_stand_apart():
    one, other = np.eye(5), np.eye(5)
    one[0] = [1.0, 0.9, 0.2, 0.8, -0.5]
    other[0] = [1.0, 0.9, 0.3, -0.8, -0.6]
    rows = influence.strongest(one, other, of=[0], apart=2, count=3)
    assert rows["partner"].tolist() == [4, 2, 3]  # 1 is too near; the signs of 3 differ
    assert rows["influence"].round(2).tolist() == [0.55, -0.25, 0.0]
    assert (rows["low"] <= rows["influence"]).all() and (rows["influence"] <= rows["high"]).all()


def test_bad_draws_are_named():
    with pytest.raises(ValueError, match=r"\(1, 3\) given"):
        influence.kernel(np.zeros((1, 3)))
