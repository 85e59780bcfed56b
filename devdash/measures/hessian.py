"""Trace and largest eigenvalues of the Hessian of a mean loss, from products with vectors."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor
from torch.func import grad, jvp, vmap

PROBES = 32
TOLERANCE = 1e-3  # relative, of eigenvalues


def trace_and_eigenvalues(
    loss: Callable, params: Mapping[str, Tensor], batch: tuple[Tensor, ...], seed: int, count: int = 3
) -> tuple[tuple[float, float], list[float]]:
    """((trace, its standard error), the `count` algebraically largest eigenvalues, the largest first).

    loss: (params, batch) → per-example losses. The trace is Hutchinson's estimate with 32 random sign
    vectors; eigenvalues come from Lanczos' method (scipy), to a thousandth.

    >>> h = torch.tensor([4.0, 3.0, 2.0, 1.0])
    >>> def loss(params, batch):  # ½ Σ h w², the same for both examples
    ...     return (h * params["w"] ** 2).sum() / 2 + 0 * batch[0]
    >>> params, data = {"w": torch.zeros(4)}, (torch.zeros(2),)
    >>> (trace, error), largest = trace_and_eigenvalues(loss, params, data, seed=0)
    >>> trace, error, [round(value, 2) for value in largest]
    (10.0, 0.0, [4.0, 3.0, 2.0])
    """
    flat = torch.cat([tensor.reshape(-1) for tensor in params.values()])
    sizes, shapes = [tensor.numel() for tensor in params.values()], [t.shape for t in params.values()]

    def value(weights: Tensor) -> Tensor:
        parts = weights.split(sizes)
        moved = {name: part.view(s) for name, part, s in zip(params, parts, shapes, strict=True)}
        return loss(moved, batch).mean()

    def times(vector: Tensor) -> Tensor:
        return jvp(grad(value), (flat,), (vector,))[1]

    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, (PROBES, len(flat)), generator=generator).to(flat).mul(2).sub(1)
    traces = (vmap(times, chunk_size=4)(signs) * signs).sum(1).double()
    operator = LinearOperator(
        (len(flat),) * 2, lambda v: times(torch.from_numpy(np.ravel(v)).to(flat)).cpu().numpy(), dtype=float
    )
    start = signs[0].double().cpu().numpy()
    values = eigsh(operator, count, which="LA", tol=TOLERANCE, v0=start, return_eigenvectors=False)
    trace = float(traces.mean()), float(traces.std() / PROBES**0.5)
    return trace, sorted((float(value) for value in values), reverse=True)
