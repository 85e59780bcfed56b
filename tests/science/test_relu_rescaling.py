"""A ReLU network whose layers are rescaled is the same function, and its λ̂ should not move."""

import pytest
import torch

from devdash.models import relu_network
from devdash.sampling import SGLD, estimate_llc


def net(widths=(4, 6, 3), n=100):
    params = relu_network.initial(widths, 0)
    x = torch.randn(n, widths[0], generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return params, (x, relu_network.forward(params, x))


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3])
def test_rescaling_changes_no_output(factor):
    params, (x, y) = net((4, 6, 5, 3))
    for layer in (1, 2):
        assert torch.allclose(relu_network.forward(relu_network.rescale(params, layer, factor), x), y)


def test_impossible_rescalings_are_named():
    params, _ = net()
    with pytest.raises(ValueError, match="layer 2"):
        relu_network.rescale(params, 2, 10.0)
    with pytest.raises(ValueError, match=r"factor -1"):
        relu_network.rescale(params, 1, -1.0)


def llc(factor: float, scale) -> float:
    params, data = net()
    return estimate_llc(
        relu_network.loss,
        relu_network.rescale(params, 1, factor),
        data,
        sampler=SGLD(0.005, 20.0),
        chains=2,
        draws=50,
        burn_in=50,
        batch_size=100,
        scale=scale,
    ).llc


@pytest.mark.slow
def test_scaled_coordinates_give_the_same_value_at_every_factor():
    assert abs(llc(1e-3, "curvature") / llc(1e3, "curvature") - 1) < 1e-3


@pytest.mark.slow
def test_plain_sgld_does_not():
    values = [llc(factor, None) for factor in (1.0, 10.0)]
    assert not abs(values[1] / values[0] - 1) < 0.05
