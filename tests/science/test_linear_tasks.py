"""Linear regression in context: what is drawn, and the known predictors against plain solutions."""

import numpy as np
import pytest
import torch

from devdash.distributions.linear_tasks import LinearTasks, discrete, ridge, tokens

TASKS = LinearTasks()
MANY = 20_000


@pytest.fixture(scope="module")
def drawn() -> tuple[torch.Tensor, torch.Tensor]:
    return TASKS.draw(MANY, 0)


def test_draws_have_the_moments_of_the_task(drawn):
    x, y = drawn
    assert x.shape == (MANY, 8, 4) and y.shape == (MANY, 8)
    assert abs(float(x.mean())) < 0.005 and abs(float(x.var()) - 1) < 0.01
    squares = y.square()
    # E y² = D + σ²; Var y² = 3 (D (D + 2) + 2 D σ² + σ⁴) − (D + σ²)² = 58, five standard errors of a column
    assert ((squares.mean(0) - 4.125).abs() < 5 * (58 / MANY) ** 0.5).all()


def test_noise_is_a_variance_and_each_sequence_has_one_task():
    x, y = LinearTasks(dimension=2, examples=400).draw(50, 1)
    misfit = x @ torch.linalg.lstsq(x, y[..., None]).solution - y[..., None]
    assert abs(float(misfit.square().sum()) / (50 * 398) - 0.125) < 0.005
    clean_x, clean_y = LinearTasks(noise=0).draw(10, 1)
    w = torch.linalg.lstsq(clean_x, clean_y[..., None]).solution
    assert torch.allclose((clean_x @ w)[..., 0], clean_y, atol=1e-4)


def test_seeds_and_scales():
    x, y = TASKS.draw(5, 3)
    assert all(torch.equal(*pair) for pair in zip((x, y), TASKS.draw(5, 3), strict=True))
    assert not torch.equal(x, TASKS.draw(5, 4)[0])
    noise = LinearTasks(noise=0).draw(5, 3)[1]
    wide_x, wide_y = LinearTasks(noise=0).draw(5, 3, inputs=3.0)
    assert torch.allclose(wide_x, 3 * x) and torch.allclose(wide_y, 3 * noise)
    same_x, strong_y = LinearTasks(noise=0).draw(5, 3, tasks=5.0)
    assert torch.equal(same_x, x) and torch.allclose(strong_y, 5 * noise, rtol=1e-5)


@pytest.mark.parametrize(("small", "large"), [(4, 16), (16, 64), (64, 1024)])
def test_a_larger_pool_begins_with_a_smaller(small, large):
    few, many = (LinearTasks(tasks=count).pool(7) for count in (small, large))
    assert few.shape == (small, 4) and torch.equal(few, many[:small])
    assert TASKS.pool(7) is None


def test_sequences_of_a_pool_have_its_tasks():
    pool = LinearTasks(tasks=4).pool(0)
    x, y = LinearTasks(noise=0).draw(200, 1, pool)
    misfit = (x @ pool.T - y[..., None]).abs().amax(1)  # (sequence, task)
    assert (misfit.amin(1) < 1e-5).all() and misfit.argmin(1).unique().tolist() == [0, 1, 2, 3]


def test_tokens_are_x_and_y_in_turn():
    x, y = TASKS.draw(3, 0)
    vectors = tokens(x, y)
    assert vectors.shape == (3, 16, 5)
    assert (vectors[:, ::2, 0] == 0).all() and torch.equal(vectors[:, ::2, 1:], x)
    assert torch.equal(vectors[:, 1::2, 0], y) and (vectors[:, 1::2, 1:] == 0).all()


def test_ridge_is_the_plain_solution_of_every_sequence():
    x, y = TASKS.draw(6, 2)
    predictions = ridge(x, y, 0.125).numpy()
    for inputs, truth, said in zip(x.double().numpy(), y.double().numpy(), predictions, strict=True):
        for k in range(8):
            X, Y = inputs[:k], truth[:k]
            w = np.linalg.inv(X.T @ X + 0.125 * np.eye(4)) @ X.T @ Y
            assert np.isclose(said[k], inputs[k] @ w, atol=1e-10)


def test_ridge_error_starts_at_zeros_and_falls_to_the_noise(drawn):
    x, y = drawn
    said = ridge(x, y, TASKS.noise)
    loss = (said - y).square().mean(0)
    assert (said[:, 0] == 0).all() and torch.allclose(loss[0], y[:, 0].double().square().mean())
    assert (loss.diff() < 0).all() and loss[-1] > TASKS.noise
    long_x, long_y = LinearTasks(examples=120).draw(2000, 0)
    late = (ridge(long_x, long_y, 0.125) - long_y).square()[:, -40:].mean()
    assert abs(float(late) - 0.125 * (1 + 4 / 100)) < 0.005


def test_ridge_is_the_best_of_its_kind(drawn):
    x, y = drawn
    loss = {noise: float((ridge(x, y, noise) - y).square().mean()) for noise in (0.06, 0.125, 0.25)}
    assert min(loss, key=loss.get) == 0.125


def test_ridge_and_discrete_use_no_later_and_not_the_present_y():
    x, y = TASKS.draw(4, 5)
    other = y.clone()
    other[:, 4:] += 3
    pool = LinearTasks(tasks=16).pool(0)
    for predict in (lambda y: ridge(x, y, 0.125), lambda y: discrete(x, y, pool, 0.125)):
        assert torch.equal(predict(y)[:, :5], predict(other)[:, :5])
        assert not torch.allclose(predict(y)[:, 5:], predict(other)[:, 5:])


def test_discrete_optimum_of_one_task_is_its_prediction():
    pool = LinearTasks(tasks=1).pool(0)
    x, y = TASKS.draw(10, 0)
    assert torch.allclose(discrete(x, y, pool, 0.125), (x @ pool[0]).double(), atol=1e-6)


def test_discrete_optimum_weighs_tasks_by_likelihood():
    pool, (x, y) = LinearTasks(tasks=3).pool(0), TASKS.draw(5, 1)
    predictions = discrete(x, y, pool, 0.125).numpy()
    X, Y, W = (part.double().numpy() for part in (x, y, pool))
    for s in range(5):
        for k in range(8):
            density = np.array([np.exp(-((Y[s, :k] - X[s, :k] @ w) ** 2) / 0.25).prod() for w in W])
            if density.sum() > 1e-250:
                assert np.isclose(predictions[s, k], density @ (W @ X[s, k]) / density.sum())


def test_discrete_optimum_beats_ridge_on_its_own_tasks_and_tends_to_ridge_with_many():
    pool = LinearTasks(tasks=8).pool(0)
    x, y = TASKS.draw(4000, 1, pool)
    said, best = discrete(x, y, pool, 0.125), ridge(x, y, 0.125)
    ours, theirs = ((predictions - y).square().mean(0) for predictions in (said, best))
    assert (ours < theirs).all() and ours[4] < 0.5 * theirs[4]
    x, y = TASKS.draw(100, 2)
    gaps = [
        float(
            (discrete(x, y, LinearTasks(tasks=n).pool(3), 0.125) - ridge(x, y, 0.125)).square()[:, :3].mean()
        )
        for n in (16, 20_000)
    ]
    assert gaps[1] < 0.05 * gaps[0]


@pytest.mark.parametrize("wrong", [{"dimension": 0}, {"examples": 0}, {"noise": -1}, {"tasks": -1}])
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match=r"expected sizes ≥ 1 and noise ≥ 0"):
        LinearTasks(**wrong)
