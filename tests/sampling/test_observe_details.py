"""Losses of single tokens, observed along the chains of a transformer's components."""

import numpy as np
import pytest
import torch

from devdash.models import transformer
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, head
from devdash.sampling import SGLD, Observe, estimate_components
from devdash.sampling.batches import Batch
from devdash.sampling.components import select

VOCABULARY, CONTEXT, CHAINS = 40, 12, 3
COMPONENTS = {"all": None, "unembed": "unembed", "first": head(0, 1), "last": head(1, 2)}
SAMPLER = SGLD(1e-4, 30.0, 10.0)


def weights_of(seed: int) -> dict[str, torch.Tensor]:
    return transformer.initial(Shape(2, 4, 32, CONTEXT, VOCABULARY), seed)


def tokens(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, VOCABULARY, (count, CONTEXT), generator=torch.Generator().manual_seed(seed))


def by_token(params, texts: torch.Tensor, reference=None) -> torch.Tensor:
    """Losses (sequence, position), from whole logits."""
    log_p = transformer.logits(params, texts[:, :-1]).log_softmax(-1)
    if reference is None:
        return -log_p.gather(-1, texts[:, 1:, None])[..., 0]
    log_q = transformer.logits(reference, texts[:, :-1]).log_softmax(-1)
    return (log_q.exp() * (log_q - log_p)).sum(-1)


@pytest.mark.parametrize("reference", [None, weights_of(5)], ids=["data", "reference"])
@pytest.mark.parametrize("name", COMPONENTS)
def test_details_are_what_losses_average(name, reference):
    params, batch = weights_of(1), Batch(None, (tokens(6),))
    moving = select(params, COMPONENTS[name])
    noise = torch.randn(CHAINS, len(moving.flatten(params)), generator=torch.Generator().manual_seed(3))
    weights = moving.flatten(params) + 0.02 * noise
    (program,) = NextToken(reference).programs([moving], params)
    details = program.details(weights, batch)
    assert details.shape == (CHAINS, 6 * (CONTEXT - 1)) and not details.requires_grad
    assert torch.equal(details.unflatten(1, (6, -1)).mean(-1), program.losses(weights, batch))
    for by_position, flat in zip(details, weights, strict=True):
        exact = by_token(moving.place(moving.split(flat), params), batch.tensors[0], reference)
        assert torch.allclose(by_position, exact.flatten(), rtol=1e-4, atol=1e-5)


def test_observed_tokens_are_those_at_the_kept_positions():
    params, others = weights_of(1), tokens(5, seed=9)
    estimates = estimate_components(
        NextToken(),
        params,
        (tokens(30),),
        COMPONENTS,
        sampler=SAMPLER,
        chains=CHAINS,
        draws=8,
        burn_in=3,
        batch_size=4,
        keep_positions=True,
        observe=Observe((others,), every=2),
    )
    at_start = by_token(params, others)
    for name, estimate in estimates.items():
        assert estimate.observed.shape == (CHAINS, 4, 5 * (CONTEXT - 1))
        assert estimate.observed.dtype == np.float16
        moving = select(params, COMPONENTS[name])
        kept = torch.from_numpy(estimate.positions[:, ::2]).float()
        exact = [
            [(by_token(moving.place(moving.split(w), params), others) - at_start).flatten() for w in chain]
            for chain in kept
        ]
        exact = torch.stack([torch.stack(chain) for chain in exact]).numpy()
        assert np.allclose(estimate.observed, exact, rtol=2**-10, atol=1e-5)
        assert np.abs(exact).max() > 1e-3


def test_observing_leaves_the_chains_as_they_are():
    params, settings = weights_of(1), {"sampler": SAMPLER, "chains": 2, "draws": 6, "burn_in": 2}
    problem = NextToken(), params, (tokens(30),), COMPONENTS
    plain = estimate_components(*problem, batch_size=4, **settings)
    observe = Observe((tokens(3, 9),), every=1)
    watched = estimate_components(*problem, batch_size=4, observe=observe, **settings)
    for name, estimate in plain.items():
        assert np.array_equal(estimate.losses, watched[name].losses)


def test_what_a_minibatch_has_in_common_outlives_a_look_aside():
    params, minibatch, watched = weights_of(1), tokens(4), tokens(3, 9)
    moving = select(params, head(0, 1))
    (program,) = NextToken().programs([moving], params)
    weights = moving.flatten(params)[None]
    program.losses(weights, Batch(None, (minibatch,)))
    computed, passes = program.passes.computed, program.passes
    program.details(weights, Batch(None, (watched,)))
    assert passes.computed is computed and passes.tokens is minibatch
    aside = passes.aside_computed
    program.details(weights, Batch(None, (watched,)))
    assert passes.aside_computed is aside and aside["residual", 0].shape[0] == 3
