"""Trace and eigenvalues of Hessians that are known."""

import numpy as np
import pytest
import torch

from devdash.measures.hessian import PROBES, trace_and_eigenvalues
from devdash.models import regression_transformer as model

VALUES = torch.tensor([9.0, 4.0, 2.5, 1.0, 0.5, 0.0, -3.0, -20.0])


def quadratic(params, batch):
    """½ s Σ λ (w − w₀)² for each example (w₀, s)."""
    shift, size = batch
    w = torch.cat([params["a"].flatten(), params["b"]]) - shift
    return size * 0.5 * (w.square() * VALUES).sum(-1)


def made() -> tuple[dict, tuple]:
    random = torch.Generator().manual_seed(0)
    params = {"a": torch.randn(2, 3, generator=random), "b": torch.randn(2, generator=random)}
    return params, (torch.randn(5, 8, generator=random), torch.ones(5))


def test_diagonal_quadratic_is_exact():
    (trace, error), values = trace_and_eigenvalues(quadratic, *made(), seed=0)
    assert np.isclose(trace, float(VALUES.sum()), atol=1e-4) and error < 1e-4  # signs see a diagonal exactly
    assert np.allclose(values, [9, 4, 2.5], rtol=1e-3)  # the algebraically largest, not −20


def test_mean_over_examples_and_number_of_eigenvalues():
    params, (shift, _) = made()
    (trace, _), values = trace_and_eigenvalues(quadratic, params, (shift, torch.arange(5.0)), 0, count=1)
    assert np.isclose(trace, 2 * float(VALUES.sum()), atol=1e-3) and np.allclose(values, [18], rtol=1e-3)


def test_rotated_quadratic_lies_within_errors_and_eigenvalues_stay():
    Q = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1))).Q
    H = (Q * VALUES) @ Q.T

    def loss(params, batch):
        return 0.5 * (params["w"] @ H * params["w"]).sum(-1).expand(len(batch[0]))

    runs = [trace_and_eigenvalues(loss, {"w": torch.ones(8)}, (torch.zeros(2),), seed) for seed in range(20)]
    assert all(np.allclose(values, [9, 4, 2.5], rtol=2e-3) for _, values in runs)
    off = np.array([(trace - float(VALUES.sum())) / error for (trace, error), _ in runs])
    assert abs(off.mean()) < 3 / 20**0.5 and 0.5 < off.std() < 1.6
    variance = 2 * float(H.square().sum() - H.diagonal().square().sum())  # of one probe with random signs
    assert np.isclose(np.mean([error for (_, error), _ in runs]), (variance / PROBES) ** 0.5, rtol=0.25)


@pytest.mark.slow
def test_small_transformer_against_its_full_hessian():
    shape = model.RegressionShape(layers=1, heads=2, width=4, context=4, token_width=2)
    params = {name: tensor.double() for name, tensor in model.initial(shape, 0).items()}
    batch = (torch.randn(6, 4, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64),)
    sizes = [tensor.numel() for tensor in params.values()]

    def value(flat):
        parts = zip(params, flat.split(sizes), strict=True)
        return model.loss({name: part.view_as(params[name]) for name, part in parts}, batch).mean()

    # torch.func.hessian is wrong (not even symmetric) for layer norms; reverse over reverse is right
    H = torch.autograd.functional.hessian(value, torch.cat([param.flatten() for param in params.values()]))
    (trace, error), values = trace_and_eigenvalues(model.loss, params, batch, seed=0)
    assert abs(trace - float(H.trace())) < 4 * error
    assert np.allclose(values, torch.linalg.eigvalsh(H).flip(0)[:3], rtol=2e-3)


def test_same_seed_same_numbers():
    params, batch = made()
    assert trace_and_eigenvalues(quadratic, params, batch, 3) == trace_and_eigenvalues(
        quadratic, params, batch, 3
    )
