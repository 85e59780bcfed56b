"""A small regression, its network and its loss, and what tests of refused losses share."""

import pytest
import torch
from torch import nn
from torch.func import functional_call

from devdash.sampling import SGLD, estimate_llc

SETTINGS = {"sampler": SGLD(1e-3, 10.0), "draws": 5, "burn_in": 5, "chains": 2}


def data(n: int = 20):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n, 3, generator=generator), torch.randn(n, generator=generator)


def net(*between: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), *between, nn.Tanh(), nn.Linear(8, 1))


def weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return dict(model.named_parameters())


def of_model(model: nn.Module):
    def loss(params, batch):
        return (functional_call(model, params, batch[0])[:, 0] - batch[1]) ** 2

    return loss


def refused(words: str, loss, params, **settings):
    with pytest.raises(ValueError, match=words):
        estimate_llc(loss, params, data(), **SETTINGS | settings)
