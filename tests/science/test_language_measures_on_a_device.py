"""Measures of language models on the device that `--device` names, against double precision elsewhere."""

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.measures import head_scores
from devdash.measures.heads import ablation, baselines
from devdash.measures.language import metrics
from devdash.measures.language.outputs import Contexts, true_logits
from devdash.measures.language.reading import text_losses
from devdash.models.transformer import Shape, initial

SHAPE = Shape(2, 2, 16, 24, 60, head_width=8)
TOKENS = torch.randint(1, 60, (12, 25), generator=torch.Generator().manual_seed(1)).index_fill_(
    1, torch.tensor([0]), 0
)
STREAM = {"code": np.tile(np.random.default_rng(0).permutation(60), 60)}


@pytest.fixture
def both(device):
    """One model's weights on the device, and in double precision on the processor."""
    params = initial(SHAPE, 0)
    there = {name: tensor.to(device) for name, tensor in params.items()}
    return there, {name: tensor.double() for name, tensor in params.items()}


def compare(tables, tolerance: float = 1e-3) -> None:
    there, exact = tables
    assert there.shape == exact.shape
    for name in exact:
        if pd.api.types.is_float_dtype(exact[name]):
            assert there[name].to_numpy() == pytest.approx(exact[name].to_numpy(), abs=tolerance, nan_ok=True)


def test_metrics(both):
    evaluation = metrics.Evaluation.drawn({"code": TOKENS}, STREAM, {"code": 1.0}, SHAPE.vocabulary, seed=0)
    there, exact = (metrics.evaluate(params, evaluation) for params in both)
    for name in exact:
        compare((there[name], exact[name]))


def test_scores_of_heads(both):
    probes = head_scores.Probes.drawn(torch.full((60,), 1 / 60), 24, 6, seed=0)
    compare([head_scores.table(params, probes) for params in both])


def test_outputs_and_texts(both):
    contexts = Contexts.drawn(TOKENS, seed=0)
    there, exact = (true_logits(params, contexts) for params in both)
    assert torch.allclose(there, exact.float(), atol=1e-4)
    there, exact = (text_losses(params, TOKENS)[["loss_nats", "chance_1"]] for params in both)
    compare((there, exact), 0.01)  # rounded to three digits


def test_ablations(both):
    for effects in (
        [ablation.head_effects(w, TOKENS) for w in both],
        [ablation.path_effects(w, TOKENS) for w in both],
    ):
        there, exact = effects
        assert all(torch.allclose(there[key], exact[key], atol=1e-4) for key in exact)


def test_baselines(both):
    there, exact = (baselines.table(params, TOKENS, passes=2, seed=0) for params in both)
    sizes = exact["value"].abs().to_numpy()
    assert (np.abs(there["value"] - exact["value"]) <= 1e-3 + 0.02 * sizes).all()
