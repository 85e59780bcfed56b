"""Which weights move: names, patterns, rows; all others stay as they are, without a gradient."""

import numpy as np
import pytest
import torch

from devdash.sampling import SGLD, estimate_llc
from devdash.sampling.components import select

SIZES = {
    "embed.weight": (5, 3),
    "layers.0.weight": (4, 2, 3),
    "layers.0.bias": (4, 2),
    "layers.1.weight": (4, 2, 3),
    "layers.1.bias": (4, 2),
}
SETTINGS = {"sampler": SGLD(1e-3, 20.0), "draws": 20, "burn_in": 10, "batch_size": 8}


def model() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {name: torch.randn(size, generator=generator) for name, size in SIZES.items()}


def data() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 5, (40,), generator=generator), torch.randn(40, generator=generator)


def loss(params, batch):
    h = params["embed.weight"][batch[0]]
    out = 0
    for layer in (0, 1):
        heads = torch.einsum("bi,hoi->bho", h, params[f"layers.{layer}.weight"])
        out = out + torch.tanh(heads + params[f"layers.{layer}.bias"]).sum((1, 2))
    return (out - batch[1]) ** 2


@pytest.mark.parametrize(
    ("component", "names"),
    [
        (None, list(SIZES)),
        ("layers.1.weight", ["layers.1.weight"]),
        ("layers.1.*", ["layers.1.weight", "layers.1.bias"]),
        ("*.bias", ["layers.0.bias", "layers.1.bias"]),
        (["*.bias", "embed.*"], ["layers.0.bias", "layers.1.bias", "embed.weight"]),
        ({"layers.*.weight": 2}, ["layers.0.weight", "layers.1.weight"]),
    ],
)
def test_names_and_patterns(component, names):
    assert list(select(model(), component).names) == names


def test_a_head_by_number_slice_and_mask_is_the_same_chain():
    def mask(name: str) -> torch.Tensor:
        chosen = torch.zeros(SIZES[name], dtype=torch.bool)
        chosen[2] = True
        return chosen

    names = ("layers.0.weight", "layers.0.bias")
    ways = [dict.fromkeys(names, 2), dict.fromkeys(names, slice(2, 3)), {name: mask(name) for name in names}]
    first, *others = (estimate_llc(loss, model(), data(), component=way, **SETTINGS) for way in ways)
    for other in others:
        assert np.array_equal(first.losses, other.losses)
    head_3 = estimate_llc(loss, model(), data(), component=dict.fromkeys(names, 3), **SETTINGS)
    assert not np.array_equal(first.losses, head_3.losses)


def test_rows_move_as_if_they_were_all_of_the_model():
    params = model()

    def of_row(row, batch):
        weight = params["layers.0.weight"].index_copy(0, torch.tensor([1]), row["row"][None])
        return loss(params | {"layers.0.weight": weight}, batch)

    part = estimate_llc(loss, params, data(), component={"layers.0.weight": 1}, **SETTINGS)
    alone = estimate_llc(of_row, {"row": params["layers.0.weight"][1]}, data(), **SETTINGS)
    assert np.allclose(part.losses, alone.losses, rtol=1e-5)


@pytest.mark.parametrize("memory_mb", [2000, 1e-9])
def test_frozen_weights_stay_and_get_no_gradient(memory_mb):
    params = {name: w.requires_grad_() for name, w in model().items()}
    before, faults = {name: w.detach().clone() for name, w in params.items()}, []

    def watched(weights, batch):
        for name in set(SIZES) - {"layers.1.weight"}:
            followed = torch.is_grad_enabled() and weights[name].requires_grad
            if followed or not torch.equal(weights[name], before[name]):
                faults.append(name)
        return loss(weights, batch)

    estimate = estimate_llc(
        watched,
        params,
        data(),
        component={"layers.1.weight": 3},
        memory_mb=memory_mb,
        keep_positions=True,
        **SETTINGS,
    )
    assert not faults
    assert estimate.positions.shape == (4, 20, 6)
    assert np.ptp(estimate.positions, axis=1).min() > 0
    for name, w in params.items():
        assert w.grad is None
        assert torch.equal(w, before[name])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("part", "entries"),
    [
        ([0, 2], [0, 1, 2, 6, 7, 8]),
        (range(2), [0, 1, 2, 3, 4, 5]),
        ([True, False, False, False, True], [0, 1, 2, 12, 13, 14]),
        ((0, 2), [2]),
        (([0, 2], slice(1)), [0, 6]),
    ],
)
def test_a_list_counts_rows_and_a_tuple_has_an_index_for_each_dimension(part, entries):
    assert select(model(), {"embed.weight": part}).index["embed.weight"].tolist() == entries


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ("layers.0.wieght", "no parameter 'layers.0.wieght'; near names: layers.0.weight"),
        ("block.9.*", r"no parameter 'block.9.\*'"),
        ([], "selects no weight"),
        ({"embed.weight": slice(9, 12)}, "selects no weight"),
        ({"embed.weight": torch.zeros(5, 3, dtype=torch.bool)}, "selects no weight"),
        ({"embed.weight": 7}, r"7 is no row or slice of 'embed.weight' with shape \(5, 3\)"),
        ({"embed.weight": 1.5}, "1.5 is no row or slice of 'embed.weight'"),
        ({"embed.weight": "x"}, "'x' is no row or slice of 'embed.weight'"),
        ({"embed.weight": (0, "x")}, "is no row or slice of 'embed.weight'"),
        ({"embed.weight": [1.5]}, r"\[1.5\] is no row or slice of 'embed.weight'"),
        ({"embed.weight": [0, 5]}, r"\[0, 5\] is no row or slice of 'embed.weight'"),
        ({"embed.weight": torch.ones(5, 3)}, r"mask of 'embed.weight' is torch.float32 \(5, 3\)"),
        ({"embed.weight": torch.ones(3, 5, dtype=torch.bool)}, r"expected torch.bool \(5, 3\)"),
    ],
)
def test_what_names_nothing_is_refused(component, words):
    with pytest.raises(ValueError, match=words):
        estimate_llc(loss, model(), data(), component=component, **SETTINGS)


def test_weights_must_be_numbers_that_can_move():
    params = model() | {"count": torch.tensor(3)}
    with pytest.raises(ValueError, match=r"'count' is torch.int64, expected floating point"):
        estimate_llc(loss, params, data(), **SETTINGS)
    estimate = estimate_llc(loss, params, data(), component="layers.*", **SETTINGS)  # frozen, it does no harm
    assert np.isfinite(estimate.llc)
