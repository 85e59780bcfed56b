"""An estimate in a notebook, as a frame and for ArviZ."""

import numpy as np
import pytest
import torch

from devdash.figures import chain_traces
from devdash.sampling import Langevin, estimate_llc


@pytest.fixture(scope="module")
def estimate():
    sampler = Langevin(epsilon=2e-3, nbeta=100.0)
    return estimate_llc(
        lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(3)}, None, sampler=sampler, draws=40
    )


def test_words_are_short_and_say_number_error_and_verdict(estimate):
    assert repr(estimate).startswith(f"λ̂ = {estimate.llc:.4g} ± {estimate.std_err:.2g}, {estimate.verdict}")
    assert len(repr(estimate)) < 150
    assert estimate.verdict in estimate._repr_html_() and "<script" not in estimate._repr_html_()


def test_frame_holds_every_draw_and_figures_draw_from_it(estimate):
    frame = estimate.to_frame()
    assert frame.shape[0] == estimate.losses.size
    assert np.array_equal(frame.query("chain == 2")["loss"], estimate.losses[2])
    scaled = frame["nbeta"] * (frame["loss"] - frame["init_loss"])
    assert scaled.mean() == pytest.approx(estimate.llc)
    assert len(chain_traces.draw(frame).data) >= 4
    assert len(estimate.plot().data) >= 4


def test_dataset_has_the_dimensions_of_arviz(estimate):
    pytest.importorskip("xarray", reason="xarray is not installed")
    dataset = estimate.to_xarray()
    assert dict(dataset.sizes) == {"chain": 4, "draw": 40}
    assert float(dataset["llc"].mean()) == pytest.approx(estimate.llc)
