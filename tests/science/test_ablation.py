"""Ablations against a plain forward pass, head by head, and against weights that were changed instead."""

import pytest
import torch

from devdash.measures.heads import ablation
from devdash.measures.language.metrics import token_losses
from devdash.models.transformer import PER_HEAD, Shape, initial

SHAPE = Shape(layers=2, heads=3, width=12, context=9, vocabulary=17, head_width=5)
SEQUENCES, SEED = 7, 3
HEADS = [(layer, head) for layer in range(SHAPE.layers) for head in range(SHAPE.heads)]
CLOSE = {"atol": 3e-5, "rtol": 1e-4}


@pytest.fixture(scope="module")
def params() -> dict[str, torch.Tensor]:
    """Weights so large that every head matters; W_O of head 1.2 is 0."""
    generator = torch.Generator().manual_seed(0)
    weights = {
        name: tensor + 0.4 * torch.randn(tensor.shape, generator=generator)
        for name, tensor in initial(SHAPE, 0).items()
    }
    weights["blocks.1.attn.W_O"][2] = 0
    return weights


@pytest.fixture(scope="module")
def tokens() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(1, SHAPE.vocabulary, (SEQUENCES, 1 + SHAPE.context), generator=generator)
    ids[:, 0] = 0
    return ids


def norm(params, name, x):
    centred = x - x.mean(-1, keepdim=True)
    unit = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return unit * params[f"{name}.weight"] + params[f"{name}.bias"]


def value(params, layer, head, x):
    """What one head writes, (sequence, position, width)."""
    W = {name: params[f"blocks.{layer}.attn.{name}"][head] for name in PER_HEAD}
    h, position = norm(params, f"blocks.{layer}.ln", x), params["position"][: x.shape[1]]
    q, k = ((h + position) @ W[f"W_{name}"] + W[f"b_{name}"] for name in "QK")
    scores = q @ k.mT / q.shape[-1] ** 0.5
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    return scores.masked_fill(later, -torch.inf).softmax(-1) @ (h @ W["W_V"] + W["b_V"]) @ W["W_O"]


def slow(params, tokens, change=None, inputs=None):
    """Losses (sequence, position) and outputs of heads. change: (layer, head) → what the head writes instead;
    inputs: (layer, head) → what is added to the stream that this head reads."""
    x, wrote = params["embed"][tokens[:, :-1]], {}
    for layer in range(SHAPE.layers):
        total = x + params[f"blocks.{layer}.attn.b_O"]
        for head in range(SHAPE.heads):
            key = layer, head
            wrote[key] = value(params, layer, head, x + (inputs or {}).get(key, 0.0))
            total = total + (change or {}).get(key, wrote[key])
        x = total
    logits = norm(params, "ln_final", x) @ params["unembed"] + params["unembed_bias"]
    return -logits.log_softmax(-1).gather(-1, tokens[:, 1:, None])[..., 0], wrote


@pytest.fixture(scope="module")
def effects(params, tokens):
    return ablation.head_effects(params, tokens, seed=SEED)


@pytest.mark.parametrize(("layer", "head"), HEADS)
def test_zero_is_a_head_without_output_weights(params, tokens, effects, layer, head):
    name = f"blocks.{layer}.attn.W_O"
    lacking = {**params, name: params[name].clone()}
    lacking[name][head] = 0
    expected = token_losses(lacking, tokens) - token_losses(params, tokens)
    torch.testing.assert_close(effects[f"head {layer}.{head}", "zero"], expected, **CLOSE)


@pytest.mark.parametrize("method", ["mean", "resample"])
@pytest.mark.parametrize(("layer", "head"), HEADS)
def test_against_a_plain_forward_pass(params, tokens, effects, layer, head, method):
    start, wrote = slow(params, tokens)
    output = wrote[layer, head]
    other = ablation.others(SEQUENCES, SEED)
    instead = output.mean(0, keepdim=True).expand_as(output) if method == "mean" else output[other]
    expected = slow(params, tokens, {(layer, head): instead})[0] - start
    effect = effects[f"head {layer}.{head}", method]
    assert effect.dtype == torch.float32
    torch.testing.assert_close(effect, expected, **CLOSE)
    if (layer, head) != (1, 2):
        assert effect.abs().mean() > 0.02, "the test needs heads that matter"


def test_paths_against_a_plain_forward_pass(params, tokens):
    start, wrote = slow(params, tokens)
    path_effects = ablation.path_effects(params, tokens)
    assert len(path_effects) == SHAPE.heads**2
    for (source, reader), effect in path_effects.items():
        output = wrote[0, int(source[-1])]
        removed = {(1, int(reader[-1])): output.mean(0, keepdim=True) - output}
        expected = slow(params, tokens, inputs=removed)[0] - start
        torch.testing.assert_close(effect, expected, **CLOSE)
        if reader != "head 1.2":
            assert effect.abs().mean() > 1e-3, "the test needs paths that matter"


def test_a_head_that_writes_nothing_has_no_effect(params, tokens, effects):
    for method in ablation.METHODS:
        assert (effects["head 1.2", method] == 0).all()
    paths = ablation.path_effects(params, tokens)
    assert all((paths[f"head 0.{head}", "head 1.2"] == 0).all() for head in range(SHAPE.heads))


def test_passes_of_any_size_give_the_same(params, tokens, effects, monkeypatch):
    paths = ablation.path_effects(params, tokens)
    monkeypatch.setattr(ablation, "CHUNK", 2 * tokens.shape[1])
    for before, after in (
        (effects, ablation.head_effects(params, tokens, seed=SEED)),
        (paths, ablation.path_effects(params, tokens)),
    ):
        assert list(before) == list(after)
        for key, values in before.items():
            torch.testing.assert_close(after[key], values, **CLOSE)


def test_some_heads_and_methods(params, tokens, effects):
    some = ablation.head_effects(params, tokens, ["head 1.0"], ["mean"])
    assert list(some) == [("head 1.0", "mean")]
    torch.testing.assert_close(some["head 1.0", "mean"], effects["head 1.0", "mean"], **CLOSE)


@pytest.mark.parametrize("sequences", [2, 3, 50])
def test_every_sequence_gets_another_one(sequences):
    other = ablation.others(sequences, 0)
    assert sorted(other.tolist()) == list(range(sequences))
    assert (other != torch.arange(sequences)).all()
    assert torch.equal(other, ablation.others(sequences, 0))


def test_errors_name_what_was_given(params, tokens):
    with pytest.raises(ValueError, match=r"heads \['head 2.0'\] given, expected some of head 0.0, head 0.1"):
        ablation.head_effects(params, tokens, ["head 2.0"])
    with pytest.raises(ValueError, match=r"methods \['noise'\] given, expected some of zero, mean, resample"):
        ablation.head_effects(params, tokens, methods=["noise"])
    with pytest.raises(ValueError, match="1 sequence given, expected 2 or more"):
        ablation.head_effects(params, tokens[:1])
    with pytest.raises(ValueError, match=r"shape \(7,\) given, expected \(sequence, 1 \+ position\)"):
        ablation.path_effects(params, tokens[:, 0])
    one = {name: tensor for name, tensor in params.items() if not name.startswith("blocks.1")}
    with pytest.raises(ValueError, match="a model of 1 layer given, expected 2 or more"):
        ablation.path_effects(one, tokens)
