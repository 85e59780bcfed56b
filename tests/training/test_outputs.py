"""Outputs along training, and texts token by token."""

import torch

from devdash.measures.language.outputs import Contexts, true_logits
from devdash.measures.language.reading import rounded, text_losses
from devdash.models import transformer
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape


def model():
    return transformer.initial(Shape(2, 2, 16, 12, 20), 0)


def tokens(count=50):
    return torch.randint(0, 20, (count, 13), generator=torch.Generator().manual_seed(1))


def test_the_logit_is_that_of_the_whole_pass():
    contexts = Contexts.drawn(tokens(), 3)
    logits = transformer.logits(model(), contexts.tokens[:, :-1])
    logits = logits - logits.mean(-1, keepdim=True)
    rows = torch.arange(50)
    label = contexts.tokens[rows, contexts.position + 1]
    assert torch.allclose(true_logits(model(), contexts), logits[rows, contexts.position, label], atol=1e-5)
    assert contexts.position.min() >= 1 and contexts.position.max() <= 11


def test_a_constant_added_to_all_logits_changes_nothing():
    contexts, params = Contexts.drawn(tokens(), 3), model()
    shifted = params | {"unembed_bias": params["unembed_bias"] + 5.0}
    assert torch.allclose(true_logits(params, contexts), true_logits(shifted, contexts), atol=1e-5)


def test_losses_of_texts_are_the_models_and_guesses_are_its_best():
    losses = text_losses(model(), tokens(4))
    assert len(losses) == 4 * 12
    mean = NextToken()(model(), (tokens(4),))
    assert torch.allclose(
        torch.tensor(losses.groupby("text")["loss_nats"].mean().to_numpy()).float(), mean, rtol=1e-3
    )
    logits = transformer.logits(model(), tokens(4)[:, :-1])
    assert (losses["guess_1"].to_numpy() == logits.argmax(-1).flatten().numpy()).all()
    assert (losses["chance_1"] >= losses["chance_2"]).all()


def test_rounding_keeps_three_digits():
    values = torch.tensor([1e-30, 0.123456, 7.77777, 1234.5, 0.0])
    assert torch.allclose(rounded(values), values.double(), rtol=1e-3, atol=0)
