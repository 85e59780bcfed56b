"""Heads of a small trained transformer, of which each sequence's mean loss is one example's.

Its weights stand in head.safetensors, as training is not the same to the last digit on every machine:
python -m benchmarks.coverage.families.head trains it anew (the truths then have to be made again).
"""

from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.coverage import truth
from benchmarks.coverage.systems import Built, System
from devdash.models import transformer
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape

SHAPE = Shape(layers=2, heads=4, width=24, context=8, vocabulary=32)
FILE = Path(__file__).parents[1] / "head.safetensors"
EXAMPLES, TRAINING_STEPS, RATE, PULLED = 64, 1500, 3e-3, 1e-3
HEADS = ((0, 0),)  # layer and number
PLACES = ((30.0, 100.0), (300.0, 100.0))  # nβ and γ
BATCHES = (16, None)


def systems() -> list[System]:
    """Some heads at two nβ: a long run of one takes minutes."""
    return [_system(*head, *place) for head in HEADS for place in PLACES]


def _system(layer: int, number: int, nbeta: float, gamma: float) -> System:
    name = f"head {layer}.{number}, nβ {nbeta:g}"
    build = partial(_build, name, layer, number)
    return System("head", name, nbeta, gamma, build, batches=BATCHES, most_steps=400, long=8)


def _build(name: str, layer: int, number: int) -> Built:
    return Built(
        NextToken(),
        load_file(FILE),
        truth.landscape("head", name, 1 / SHAPE.context),  # Fisher's information, of the mean over tokens
        data=(text(),),
        component=transformer.head(layer, number),
    )


@cache
def text() -> Tensor:
    """Tokens (example, context + 1): a chain of few successors that repeats its first half."""
    random = np.random.default_rng(0)
    successors = random.integers(SHAPE.vocabulary, size=(SHAPE.vocabulary, 3))
    tokens = np.zeros((EXAMPLES, SHAPE.context + 1), dtype=np.int64)
    tokens[:, 0] = random.integers(SHAPE.vocabulary, size=EXAMPLES)
    half = SHAPE.context // 2
    for place in range(1, SHAPE.context + 1):
        drawn = successors[tokens[:, place - 1], random.integers(3, size=EXAMPLES)]
        tokens[:, place] = tokens[:, place - half] if place >= half else drawn
    return torch.from_numpy(tokens)


def train() -> dict[str, Tensor]:
    """Adam on all examples with a rate that falls to 0, and a weak weight decay."""
    params = {name: W.requires_grad_() for name, W in transformer.initial(SHAPE, seed=0).items()}
    optimiser = torch.optim.AdamW(params.values(), RATE, weight_decay=PULLED)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, TRAINING_STEPS)
    for _ in range(TRAINING_STEPS):
        optimiser.zero_grad()
        NextToken()(params, (text(),)).mean().backward()
        optimiser.step()
        schedule.step()
    return {name: W.detach() for name, W in params.items()}


if __name__ == "__main__":
    save_file(train(), FILE)
