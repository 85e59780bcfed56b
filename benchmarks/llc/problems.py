"""The problems of the benchmark: w*, data and masks, made once and read by both sides.

A problem is a folder: problem.json, weights.safetensors, data.safetensors, and for each named component
a file of masks. All seeds are fixed.
"""

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from devdash.models import linear
from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, head, initial
from devdash.sampling.components import select

EXAMPLES, GAUSSIAN_WEIGHTS = 4096, 16_480
LINEAR_WIDTHS, TANH_WIDTHS = (8, 8, 8, 8), (4, 32, 32, 1)
SHAPE = Shape(layers=2, heads=4, width=128, context=128, vocabulary=1000)
FEW, SMALL = 256, replace(SHAPE, width=32, context=32, vocabulary=100)  # of --quick
HEADS = [(layer, number) for layer in range(SHAPE.layers) for number in range(SHAPE.heads)]
TARGET_NOISE = 0.3  # standard deviation; the teacher's outputs are scaled to 1
SUCCESSORS, COPY_START, COPY_STOP = 8, 0.1, 0.125


def multilayer(params: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """tanh network W1, b1, W2 …; x: (batch, in). Returns (batch, out)."""
    layers = len(params) // 2
    for number in range(1, layers + 1):
        x = torch.nn.functional.linear(x, params[f"W{number}"], params[f"b{number}"])
        x = x.tanh() if number < layers else x
    return x


def squared_error(forward):
    """Loss object of a regression: (params, (x, y)) → ‖f(x) − y‖², (batch,)."""
    return lambda params, batch: (forward(params, batch[0]) - batch[1]).square().sum(-1)


def deep_linear(folder: Path) -> None:
    """Teacher of random ranks (Lau et al. 2023, section 5), x ~ N(0, 1), noise-free: w* is the teacher."""
    weights = {name: W.float() for name, W in linear.teacher(LINEAR_WIDTHS, seed=1).items()}
    x = torch.randn(EXAMPLES, LINEAR_WIDTHS[0], generator=torch.Generator().manual_seed(0))
    _save(folder, {"tanh": False}, weights, {"x": x, "y": linear.forward(weights, x)})


def tanh_network(folder: Path, steps: int) -> None:
    """Regression on a noisy teacher; w* is the minimum of the training loss found from the teacher."""
    generator = torch.Generator().manual_seed(0)
    teacher = {}
    for number, (before, after) in enumerate(itertools.pairwise(TANH_WIDTHS), 1):
        teacher[f"W{number}"] = torch.randn(after, before, generator=generator) / before**0.5
        teacher[f"b{number}"] = torch.randn(after, generator=generator) / before**0.5
    x = torch.randn(EXAMPLES, TANH_WIDTHS[0], generator=generator)
    last = f"W{len(TANH_WIDTHS) - 1}"
    teacher[last] = teacher[last] / multilayer(teacher, x).std()
    y = multilayer(teacher, x) + TARGET_NOISE * torch.randn(EXAMPLES, 1, generator=generator)
    loss = squared_error(multilayer)
    weights = train(loss, teacher, (x, y), steps, rate=3e-3, batch_size=EXAMPLES, seed=0)
    _save(folder, {"tanh": True}, weights, {"x": x, "y": y})


def curvatures(weights: int) -> Tensor:
    """h of the Gaussian ½ Σ h w², evenly from 0 to 2, (weight,)."""
    return 2 * (torch.arange(weights) + 0.5) / weights


def gaussian(folder: Path) -> None:
    """A population loss without examples; w* = 0."""
    data = {"h": curvatures(GAUSSIAN_WEIGHTS)}
    _save(folder, {"gaussian": GAUSSIAN_WEIGHTS}, {"w": torch.zeros(GAUSSIAN_WEIGHTS)}, data)


def transformer(folder: Path, steps: int, shape: Shape = SHAPE, examples: int = EXAMPLES) -> None:
    """Attention-only transformer trained on its synthetic text, with a mask for each head."""
    tokens = synthetic_text(shape, examples, seed=0)
    loss = NextToken()
    weights = train(loss, initial(shape, seed=0), (tokens,), steps, rate=3e-3, batch_size=32, seed=0)
    _save(folder, {"shape": vars(shape)}, weights, {"tokens": tokens})
    for layer, number in HEADS:
        save_file(masks_of(weights, head(layer, number)), folder / f"head {layer}.{number}.safetensors")


def synthetic_text(shape: Shape, examples: int, seed: int) -> Tensor:
    """Tokens (example, context + 1): a sparse bigram chain that at times copies a run from further back."""
    random = np.random.default_rng(seed)
    successors = random.integers(shape.vocabulary, size=(shape.vocabulary, SUCCESSORS))
    odds = 1 / np.arange(1, SUCCESSORS + 1)
    length = shape.context + 1  # the last token is only predicted
    chosen = random.choice(SUCCESSORS, p=odds / odds.sum(), size=(examples, length))
    tokens = np.zeros((examples, length), dtype=np.int64)
    tokens[:, 0] = random.integers(shape.vocabulary, size=examples)
    rows, source, copying = np.arange(examples), np.zeros(examples, int), np.zeros(examples, bool)
    for place in range(1, length):
        start = ~copying & (random.random(examples) < COPY_START)
        source = np.where(start, random.integers(place, size=examples), source + 1)
        copying = (copying | start) & (random.random(examples) >= COPY_STOP)
        fresh = successors[tokens[:, place - 1], chosen[:, place]]
        tokens[:, place] = np.where(copying, tokens[rows, np.minimum(source, place - 1)], fresh)
    return torch.from_numpy(tokens)


def train(loss, params, data, steps: int, rate: float, batch_size: int, seed: int) -> dict[str, Tensor]:
    """Adam with a rate that falls to 0 as a cosine. Returns the trained weights."""
    params = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    optimiser = torch.optim.Adam(params.values(), lr=rate)
    generator = torch.Generator().manual_seed(seed)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * step / steps)) / 2
        rows = torch.randint(len(data[0]), (batch_size,), generator=generator)
        batch = data if batch_size == len(data[0]) else tuple(tensor[rows] for tensor in data)
        optimiser.zero_grad()
        loss(params, batch).mean().backward()
        optimiser.step()
    return {name: tensor.detach() for name, tensor in params.items()}


def masks_of(weights: Mapping[str, Tensor], component) -> dict[str, Tensor]:
    """For every parameter a mask, True where the component moves."""
    moving, masks = select(weights, component), {}
    for name, tensor in weights.items():
        mask = torch.zeros(tensor.numel(), dtype=torch.bool)
        if name in moving.names:
            index = moving.index[name]
            mask[slice(None) if index is None else index] = True
        masks[name] = mask.reshape(tensor.shape)
    return masks


def _save(folder: Path, facts: dict, weights, data) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "weights.safetensors")
    save_file(data, folder / "data.safetensors")
    (folder / "problem.json").write_text(json.dumps(facts))
