"""Match3: labels against a search, and a network whose loss and accuracy are known."""

from itertools import permutations

import pytest
import torch

from devdash.distributions.match3 import Match3
from devdash.models import entity_classifier as model
from devdash.models.entity_classifier import Agent
from devdash.models.simplicial import SimplicialShape

AGENT = Agent(SimplicialShape(width=8, heads=1, head_width=4, pair_heads=1, pair_width=4, hidden=8, blocks=1))


def test_labels_are_those_of_a_search():
    task = Match3(entities=5, modulus=6)
    numbers, labels = task.draw(60, seed=2)
    for row, label in zip(numbers.tolist(), labels.tolist(), strict=True):
        wanted = [
            any((row[i] + row[j] + row[k]) % 6 == 0 for j, k in permutations(range(5), 2) if i not in (j, k))
            for i in range(5)
        ]
        assert label == wanted


def test_sets_are_seeded_and_mostly_positive():
    one, other = (Match3().draw(4000, seed=4) for _ in range(2))
    assert torch.equal(one[0], other[0]) and one[0].max() == 7 and one[0].min() == 0
    assert float(one[1].double().mean()) == pytest.approx(0.722, abs=0.015)  # 3 standard errors


def test_too_few_entities_are_refused():
    with pytest.raises(ValueError, match="2 entities given, expected 3 or more"):
        Match3(entities=2)


def test_a_network_that_says_nothing_has_the_loss_of_a_coin():
    params = model.initial(AGENT, 8, seed=0)
    params["read_out"] = torch.zeros_like(params["read_out"])
    numbers, labels = Match3().draw(500, seed=0)
    assert torch.allclose(model.loss(AGENT, params, (numbers, labels)), torch.tensor(0.6931), atol=1e-4)
    params["bias"] = torch.tensor(1.0)
    share, error = model.accuracy(AGENT, params, (numbers, labels))
    assert share == pytest.approx(float(labels.double().mean())) and 0 < error < 0.02


def test_uniform_pairs_are_another_network_with_the_same_weights():
    params = model.initial(AGENT, 8, seed=0)
    numbers, _ = Match3().draw(20, seed=0)
    uniform = Agent(AGENT.shape, uniform=True)
    assert model.size(uniform, 8) == model.size(AGENT, 8)
    assert not torch.allclose(model.logits(AGENT, params, numbers), model.logits(uniform, params, numbers))
