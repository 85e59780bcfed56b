"""Deep linear networks y = W_L … W_1 x, whose learning coefficient is known exactly.

Source: Aoyagi 2024 (deep linear networks); Aoyagi & Watanabe 2005 (reduced rank regression).
"""

import itertools
from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor


def learning_coefficient(widths: Sequence[int], rank: int) -> tuple[float, int]:
    """λ and multiplicity m of a network of widths H_0 (input) … H_L (output) at true rank r.

    It is the minimum over the set of true parameters: local only where every layer has rank
    exactly r and the layers' subspaces are aligned.

    >>> learning_coefficient((5, 5, 5), 0)
    (9.5, 2)
    """
    if len(widths) < 2 or not 0 <= rank <= min(widths):
        raise ValueError(
            f"learning_coefficient: widths {tuple(widths)}, rank {rank} given; expected at least two "
            "widths and a rank from 0 to the smallest of them"
        )
    excess = sorted(width - rank for width in widths)
    chosen = _narrow(excess)
    ell, total = len(chosen) - 1, sum(chosen)
    m = -(-total // ell)
    a = total - (m - 1) * ell
    pairs = (total**2 - sum(x * x for x in chosen)) // 2
    outer = rank * (widths[0] + widths[-1]) - rank**2
    value = (
        Fraction(outer, 2)
        + Fraction(a * (ell - a), 4 * ell)
        - Fraction(ell * (ell - 1), 4) * Fraction(total, ell) ** 2
        + Fraction(pairs, 2)
    )
    return float(value), a * (ell - a) + 1


def _narrow(excess: list[int]) -> list[int]:
    """The smallest prefix S of the sorted M_s with max S < min rest, ΣS ≥ ℓ max S, ΣS < ℓ min rest."""
    for size in range(2, len(excess) + 1):
        chosen, rest = excess[:size], excess[size:]
        ell, total = size - 1, sum(excess[:size])
        ends = not rest or (chosen[-1] < rest[0] and total < ell * rest[0])
        if ends and total >= ell * chosen[-1]:
            return chosen
    raise ArithmeticError(f"learning_coefficient: no set of layers found for {excess}")


def reduced_rank(inputs: int, hidden: int, outputs: int, rank: int) -> tuple[float, int]:
    """λ and multiplicity of one hidden layer, from the four cases of Aoyagi & Watanabe 2005."""
    M, H, N, r = inputs, hidden, outputs, rank
    if N + r > M + H:
        return (H * M - H * r + N * r) / 2, 1
    if M + r > N + H:
        return (H * N - H * r + M * r) / 2, 1
    if H + r > M + N:
        return M * N / 2, 1
    eightfold = 2 * (H + r) * (M + N) - (H + r) ** 2 - M**2 - N**2 + 2 * M * N
    if (M + H + N + r) % 2 == 0:
        return eightfold / 8, 1
    return (eightfold + 1) / 8, 2


def forward(params: dict[str, Tensor], x: Tensor) -> Tensor:
    """W_L … W_1 x. params: W1 … WL, each (out, in); x: (batch, in). Returns (batch, out)."""
    for number in range(1, len(params) + 1):
        x = x @ params[f"W{number}"].transpose(-1, -2)
    return x


def teacher(widths: Sequence[int], seed: int, cut: float = 0.5) -> dict[str, Tensor]:
    """Random layers W1 … WL, each cut to a random lower rank with probability `cut`.

    As in Lau et al. 2023 (arXiv 2308.12108), section 5. Weights are Xavier-scaled normal.
    """
    generator = torch.Generator().manual_seed(seed)
    params = {}
    for number, (before, after) in enumerate(itertools.pairwise(widths), 1):
        scale = (2 / (before + after)) ** 0.5
        W = torch.randn(after, before, generator=generator, dtype=torch.float64) * scale
        if float(torch.rand(1, generator=generator)) < cut:
            keep = int(torch.randint(1, min(before, after) + 1, (1,), generator=generator))
            U, S, V = torch.linalg.svd(W, full_matrices=False)
            W = U[:, :keep] * S[:keep] @ V[:keep]
        params[f"W{number}"] = W
    return params


def rank_of(params: dict[str, Tensor]) -> int:
    """Rank of the product W_L … W_1, the true rank r."""
    product = params["W1"]
    for number in range(2, len(params) + 1):
        product = params[f"W{number}"] @ product
    return int(torch.linalg.matrix_rank(product))
