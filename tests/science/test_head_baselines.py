"""Traces of heads against exact Hessians and gradients of a tiny transformer."""

from functools import cache, partial

import torch
from torch.func import hessian as exact_hessian

from devdash.measures.heads import baselines
from devdash.models import transformer
from devdash.models.transformer import PER_HEAD, Shape, initial

SHAPE = Shape(layers=2, heads=2, width=8, context=6, vocabulary=7, head_width=2)
TOKENS = torch.randint(1, 7, (6, 6), generator=torch.Generator().manual_seed(3))
TOKENS[:, 0] = 0
DRAWS = 400


@cache
def params() -> dict[str, torch.Tensor]:
    """Far from the start, so that no part of the curvature is small by chance."""
    generator = torch.Generator().manual_seed(1)
    return {
        name: tensor + 0.3 * torch.randn(tensor.shape, generator=generator)
        for name, tensor in initial(SHAPE, seed=0).items()
    }


def of_head(name: str) -> dict[str, int]:
    layer, number = name.removeprefix("head ").split(".")
    return {f"blocks.{layer}.attn.{part}": int(number) for part in PER_HEAD}


def loss_of(weights, name: str, part):
    """Of one head's weights, name → its rows; part: (logits, labels) → number."""
    place = of_head(name)
    moved = {
        key: tensor.index_copy(0, torch.tensor([place[key]]), weights[key][None]) if key in place else tensor
        for key, tensor in params().items()
    }
    return part(transformer.logits(moved, TOKENS[:, :-1]), TOKENS[:, 1:])


def losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """−log p of each label, (text, position)."""
    return -logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]


def rows_of(name: str) -> dict[str, torch.Tensor]:
    return {key: params()[key][number] for key, number in of_head(name).items()}


def drawn(measure) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard error over sets of random signs, (head,) each."""
    generator = torch.Generator().manual_seed(0)
    values = torch.stack([measure(params(), TOKENS, generator) for _ in range(DRAWS)])
    return values.mean(0), values.std(0) / DRAWS**0.5


def test_hessian_traces_are_those_of_the_exact_hessians():
    mean, error = drawn(baselines.hessian)
    for number, name in enumerate(baselines.heads(params())):
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            of_rows = partial(loss_of, name=name, part=lambda *of: losses(*of).mean())
            blocks = exact_hessian(of_rows)(rows_of(name))
        sizes = {key: row.numel() for key, row in rows_of(name).items()}
        exact = sum(blocks[key][key].reshape(size, size).trace() for key, size in sizes.items())
        assert abs(mean[number] - exact) < 4 * error[number] + 1e-3 * abs(exact)


def test_fisher_traces_are_mean_squares_of_gradients_token_by_token():
    mean, error = drawn(baselines.fisher)
    for number, name in enumerate(baselines.heads(params())):
        exact, count = 0.0, TOKENS[:, 1:].numel()
        for place in range(count):
            weights = {key: row.clone().requires_grad_() for key, row in rows_of(name).items()}
            one = loss_of(weights, name, lambda *of, at=place: losses(*of).flatten()[at])
            exact += sum(g.square().sum() for g in torch.autograd.grad(one, list(weights.values()))) / count
        assert abs(mean[number] - exact) < 4 * error[number]


def test_weight_norm_is_of_the_heads_rows_and_unmoved_by_tokens():
    table = baselines.table(params(), TOKENS, passes=2, seed=0)
    norms = table[table["name"] == baselines.NORM].set_index("component")["value"]
    for name in baselines.heads(params()):
        exact = sum(row.square().sum() for row in rows_of(name).values()) ** 0.5
        assert abs(norms[name] - exact) < 1e-5
    assert table.groupby("name")["component"].nunique().eq(4).all()
