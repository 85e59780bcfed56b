"""Losses towards another model: KL(reference ‖ model) is zero at the reference and has its gradient."""

import numpy as np
import pytest
import torch

from devdash.models import transformer
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape
from devdash.sampling import SGLD, divergence, estimate_llc

GENERATOR = torch.Generator().manual_seed(0)
W0, W1 = (torch.randn(4, 6, generator=GENERATOR, dtype=torch.float64) for _ in range(2))
X = torch.randn(30, 4, generator=GENERATOR, dtype=torch.float64)


def logits(params, batch):
    return batch[0] @ params["W"]


LOSS = divergence(logits, lambda batch: batch[0] @ W0)


def test_zero_at_the_reference_and_positive_elsewhere():
    assert torch.allclose(LOSS({"W": W0}, (X,)), torch.zeros(30, dtype=torch.float64), atol=1e-15)
    assert (LOSS({"W": W1}, (X,)) > 0).all()


def test_gradient_at_and_away_from_the_reference():
    """∇ KL = softmax(model) − softmax(reference) in the logits."""
    for W in (W0, W1):
        params = {"W": W.clone().requires_grad_()}
        (gradient,) = torch.autograd.grad(LOSS(params, (X,)).mean(), params["W"])
        exact = X.T @ ((X @ W).softmax(-1) - (X @ W0).softmax(-1)) / len(X)
        assert torch.allclose(gradient, exact, atol=1e-14)


def test_mean_over_positions():
    x = X.reshape(5, 6, 4)
    assert torch.allclose(LOSS({"W": W1}, (x,)), LOSS({"W": W1}, (X,)).reshape(5, 6).mean(1))


def test_classes_that_the_reference_excludes_count_nothing():
    blocked = torch.tensor([0.0, 0, 0, 0, 0, -torch.inf], dtype=torch.float64)
    params = {"W": W1.clone().requires_grad_()}
    divergences = divergence(logits, lambda batch: batch[0] @ W0 + blocked)(params, (X,))
    p = (X @ W0)[:, :5].softmax(-1)
    exact = (p * (p.log() - (X @ W1).log_softmax(-1)[:, :5])).sum(-1)
    assert torch.allclose(divergences, exact)
    assert torch.autograd.grad(divergences.sum(), params["W"])[0].isfinite().all()


@pytest.mark.parametrize("entry", [torch.nan, torch.inf])
def test_a_model_that_broke_is_not_called_equal_to_the_reference(entry):
    broken = W1.clone()
    broken[0, 0] = entry
    assert not LOSS({"W": broken}, (X,)).isfinite().any()


def test_the_general_divergence_is_the_transformers_own():
    mine, other = (transformer.initial(Shape(2, 2, 16, 12, 30), seed) for seed in (1, 2))
    tokens = torch.randint(0, 30, (5, 10), generator=torch.Generator().manual_seed(1))

    def next_logits(params, batch):
        return transformer.logits(params, batch[0][:, :-1])

    general = divergence(next_logits, lambda batch: next_logits(other, batch))
    assert torch.allclose(general(mine, (tokens,)), NextToken(other)(mine, (tokens,)), rtol=1e-4, atol=1e-6)
    assert torch.allclose(general(other, (tokens,)), torch.zeros(5), atol=1e-6)


def test_its_llc_is_half_the_rank_of_the_softmax():
    """At the reference the loss is regular up to a shift of all logits: 4 × (6 − 1) / 2 = 10."""
    estimate = estimate_llc(
        LOSS,
        {"W": W0},
        (X,),
        sampler=SGLD(2e-5, 3000.0, 0.1),
        chains=16,
        draws=400,
        burn_in=2000,
        steps_per_draw=5,
        batch_size=30,
    )
    assert estimate.init_loss == pytest.approx(0, abs=1e-12)
    assert abs(estimate.llc - 10) < 4 * estimate.std_err + 0.05 * 10
    assert np.isfinite(estimate.std_err)
