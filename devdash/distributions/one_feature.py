"""Inputs with exactly one active feature: x = μ e_j, j uniform, μ uniform on [0, 1].

Source: Chen et al. 2023 (arXiv 2310.06301), section 3: the sparse limit of the toy model's data.
"""

import torch
from torch import Tensor


def draw(n: int, features: int, seed: int, dtype=torch.float64) -> tuple[Tensor, Tensor]:
    """The active feature (n,) and its value μ (n,) of n examples."""
    if n < 1 or features < 1:
        raise ValueError(f"one_feature: n = {n}, features = {features} given, expected 1 or more of both")
    generator = torch.Generator().manual_seed(seed)
    feature = torch.randint(features, (n,), generator=generator)
    return feature, torch.rand(n, generator=generator, dtype=dtype)


def dense(feature: Tensor, mu: Tensor, features: int) -> Tensor:
    """Examples as vectors x = μ e_j, (n, features), from j (n,) and μ (n,)."""
    x = mu.new_zeros((len(mu), features))
    x[torch.arange(len(mu)), feature] = mu
    return x
