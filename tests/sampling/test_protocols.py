"""What a loss may bring is a protocol; what is computed once is computed once."""

import pytest
import torch

from devdash.models import transformer
from devdash.models.next_token import NextToken
from devdash.sampling import SGLD, curvature, estimate_llc
from devdash.sampling.batches import Batch
from devdash.sampling.components import select
from devdash.sampling.programs import PlainProgram
from devdash.sampling.protocols import AtStart, BringsPrograms, Details, FineLoss
from devdash.sampling.reference import Reference


def loss(params, batch):
    return (torch.tanh(batch[0] @ params["W"]).sum(1) - batch[1]) ** 2


def data(n: int = 200):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, 3, generator=generator)
    return x, torch.tanh(x @ params()["W"]).sum(1)


def params():
    return {"W": torch.randn(3, 4, generator=torch.Generator().manual_seed(1))}


def test_the_transformers_loss_brings_what_the_protocols_name():
    weights = transformer.initial(transformer.Shape(2, 2, 16, 12, 30), 0)
    movings = [select(weights, transformer.head(layer, 0)) for layer in (0, 1)] + [select(weights)]
    assert isinstance(NextToken(), BringsPrograms)
    for program in NextToken().programs(movings, weights):
        assert isinstance(program, AtStart) and isinstance(program, Details)
    plain = PlainProgram(loss, select(params()), params(), 2000, 10)
    assert not isinstance(plain, AtStart)
    assert not isinstance(loss, BringsPrograms) and not isinstance(loss, FineLoss)
    batch, start = Batch(None, data(10)), plain.moving.flatten(params())[None]
    assert torch.equal(plain.details(start, batch), plain.losses(start, batch)), "no items but the examples"


@pytest.mark.slow
def test_units_of_the_curvature_are_computed_once(monkeypatch):
    """With a calibration of 14 cells and an estimate behind it."""
    traces, calls = curvature.Curvature.traces, []

    def counted(self, generator):
        calls.append(1)
        return traces(self, generator)

    monkeypatch.setattr(curvature.Curvature, "traces", counted)
    estimate_llc(loss, params(), data(), scale="curvature", burn_in=5, draws=5, batch_size=50)
    assert len(calls) == 1
    estimate_llc(
        loss, params(), data(), scale="curvature", sampler=SGLD(1e-4, 10.0), burn_in=5, draws=5, batch_size=50
    )
    assert len(calls) == 2


def test_a_reference_is_of_the_program_as_it_comes():
    """A program that has run before gives equal losses at w*, in equal blocks."""
    moving = select(params())
    anchors = moving.flatten(params())[None]
    fresh, used = (PlainProgram(loss, moving, params(), 2000, 10) for _ in range(2))
    Reference(used, anchors, data(), 7, 1000)
    tables = [Reference(program, anchors, data(), 7, 1000).table for program in (fresh, used)]
    assert torch.equal(*tables)
    assert torch.allclose(tables[0][0], loss(params(), data()), atol=1e-10)
