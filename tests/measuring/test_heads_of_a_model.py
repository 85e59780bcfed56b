"""What is measured of the heads of a user's language model, against what can be computed by hand."""

import numpy as np
import pytest
import torch

import devdash
from devdash.adapters.head_outputs import HeadOutputs
from devdash.measuring.ablation import head_effects, path_effects
from devdash.measuring.evaluation import evaluated, tagged
from tests.adapters.test_causal_lm import HEADS, MODELS, TOKENS, VOCABULARY, gpt2, grouped

METHODS = ("mean", "resample")


@pytest.fixture(params=MODELS, ids=lambda make: make.__name__)
def heads(request):
    torch.manual_seed(0)
    model = request.param().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(3.0)  # so that heads matter
    task = devdash.causal_lm(model, TOKENS)
    return HeadOutputs(task, task.point())


def silenced(heads: HeadOutputs, layer: int, head: int) -> HeadOutputs:
    """The model with a head's output matrix set to zero."""
    name, index = heads.family.output(layer, head)
    point = {key: tensor.clone() for key, tensor in heads.point.items()}
    point[name][index] = 0
    return HeadOutputs(heads.task, point)


def test_a_head_that_gives_nothing_is_one_whose_matrix_is_zero(heads):
    for layer, head in ((0, 0), (1, HEADS - 1)):
        z = heads.values(TOKENS)[layer][:, :, head]
        swapped = heads.losses(TOKENS, (layer, head, torch.zeros_like(z)))
        assert torch.allclose(swapped, silenced(heads, layer, head).losses(TOKENS), atol=1e-4)
        assert torch.allclose(heads.losses(TOKENS, (layer, head, z)), heads.losses(TOKENS), atol=1e-5)
        assert (swapped - heads.losses(TOKENS)).abs().max() > 1e-3


def test_losses_are_the_tasks_own(heads):
    expected = heads.task.function(heads.point, (TOKENS,))
    assert torch.allclose(heads.losses(TOKENS).mean(1), expected, atol=1e-5)


def test_what_the_next_layer_reads_without_a_head(heads):
    """Nothing added changes nothing; without an MLP between, a head taken away is one that writes nothing."""
    z = heads.values(TOKENS)
    nothing = heads.read_without(TOKENS, 0, 0, torch.zeros_like(z[0][:, :, 0]))
    assert torch.allclose(nothing, z[1], atol=1e-5)
    without = heads.read_without(TOKENS, 0, 0, -z[0][:, :, 0])
    assert (without - z[1]).abs().max() > 1e-4
    mlp = heads.family.mlp.format(0) + "."
    heads.point.update({k: torch.zeros_like(v) for k, v in heads.point.items() if k.startswith(mlp)})
    z = heads.values(TOKENS)
    without = heads.read_without(TOKENS, 0, 0, -z[0][:, :, 0])
    assert torch.allclose(without, silenced(heads, 0, 0).values(TOKENS)[1], atol=1e-4)


def test_effects_are_means_over_sequences_and_paths_are_between_neighbouring_layers(heads):
    effects = head_effects(heads, TOKENS, seed=0)
    assert set(effects) == {(f"head {a}.{b}", m) for a in range(2) for b in range(HEADS) for m in METHODS}
    mean = heads.values(TOKENS)[1][:, :, 0].mean(0, keepdim=True)
    by_hand = heads.losses(TOKENS, (1, 0, mean)) - heads.losses(TOKENS)
    assert torch.allclose(effects["head 1.0", "mean"], by_hand, atol=1e-4)
    paths = path_effects(heads, TOKENS)
    assert set(paths) == {(f"head 0.{a}", f"head 1.{b}") for a in range(HEADS) for b in range(HEADS)}
    assert max(effect.abs().max() for effect in paths.values()) > 1e-4


def words(ids: list[int]) -> str:
    return {0: " the", 1: "(", 2: ")", 3: " of"}.get(ids[0], f"w{ids[0]}")


class Words:
    decode = staticmethod(words)


def test_tags_know_no_token_that_begins_a_text():
    """Token 0 is a word like any other, and positions count from the first token that is predicted."""
    row = torch.tensor([0, 1, 3, 2, 0, 1, 3, 2])
    tokens = row.repeat(40, 1)
    task = devdash.causal_lm(gpt2(), tokens, tokenizer=Words())
    rows, multigrams = tagged(task)
    first = rows[rows["text"] == 0].set_index("position")
    assert first["token_id"].tolist() == row[1:].tolist()
    assert first["bracket"].tolist() == [0, 0, 1, 0, 0, 0, 1] and first.loc[0, "pattern"] == "delimiter"
    assert first["induction"].tolist() == [False] * 4 + [True] * 3
    assert first["ngram"].tolist() == [2] * 7 and multigrams.empty
    assert len(evaluated(task)) == 40


def test_longest_n_grams_fit_into_a_number_whatever_the_vocabulary():
    generator = np.random.default_rng(0)
    rare = generator.integers(0, VOCABULARY, (40, 8))
    rare[:, 3:7] = [4, 5, 6, 7]
    rare[:, 5] = generator.integers(0, 20, 40)
    task = devdash.causal_lm(grouped(), rare)
    rows, multigrams = tagged(task)
    assert set(multigrams["kind"]) <= {"n-gram", "skip n-gram"}
    assert (rows["distribution"] == "text").all() and rows["token_id"].max() < VOCABULARY
