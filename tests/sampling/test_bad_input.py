"""What a caller gives wrongly is named, with what was expected, before any chain moves."""

import numpy as np
import pytest
import torch

from devdash.sampling import (
    MALA,
    SGLD,
    SGNHT,
    Observe,
    RMSpropSGLD,
    Stop,
    calibrate,
    dial,
    estimate_llc,
    estimate_llcs,
)
from tests.sampling.losses import data

SETTINGS = {"sampler": SGLD(1e-3, 10.0), "draws": 5, "burn_in": 5}


def params() -> dict[str, torch.Tensor]:
    return {"w": torch.ones(3)}


def loss(p, batch):
    return (batch[0] @ p["w"] - batch[1]) ** 2


def refused(words: str, loss=loss, params=None, data=None, **settings):
    params = {"w": torch.ones(3)} if params is None else params
    with pytest.raises(ValueError, match=words):
        estimate_llc(loss, params, data, **SETTINGS | settings)


def test_a_mean_loss_where_one_for_each_example_is_needed():
    words = r"gave shape \(\), expected one loss for each of the 3 examples, shape \(3,\).*reduction='none'"
    refused(words, lambda p, b: loss(p, b).mean(), data=data())


def test_losses_of_a_wrong_shape():
    refused(r"gave shape \(3, 1\), expected one loss", lambda p, b: loss(p, b)[:, None], data=data())
    refused(r"gave shape \(3,\), expected a scalar", lambda p, _: p["w"])
    refused("gave float, expected a tensor", lambda p, _: 1.0)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_nan_at_the_start(value):
    refused("w[*] has NaN or infinite entries in 'w'", params={"w": torch.tensor([1.0, value])}, data=data())
    x, y = data()
    refused("loss at w[*] is NaN or infinite", data=(x, y * value))


def test_data_of_the_wrong_kind():
    x, y = data()
    refused("data of type Tensor given, expected a tuple", data=x)
    refused("data of type dict given", data={"x": x})
    refused("data of type tuple given, expected a tuple of tensors", data=(x, y.tolist()))
    refused("data of type tuple given", data=())
    refused("data without examples", data=(x[:0], y[:0]))
    refused(r"data \[\(20, 3\), \(5,\)\] given, expected equal first dimensions", data=(x, y[:5]))
    refused(r"data \[\(20, 3\), \(\)\] given, expected equal first", data=(x, torch.tensor(1.0)))


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("batch_size", 21, "batch_size = 21 given for 20 examples; give at most 20"),
        ("batch_size", 0, "batch_size = 0 given, expected 1 or more"),
        ("batch_size", -4, "batch_size = -4 given"),
        ("chains", 0, "chains = 0 given"),
        ("draws", 0, "draws = 0 given"),
        ("burn_in", -1, "burn_in = -1 given, expected 0 or more"),
        ("steps_per_draw", -2, "steps_per_draw = -2 given"),
        ("scale", "curvatur", "scale needs a positive unit for w"),
        ("scale", {"w": -1.0}, "scale needs a positive unit for w"),
        ("scale", {"v": 1.0}, "scale needs a positive unit for w"),
        ("component", "v", "no parameter 'v'"),
    ],
)
def test_impossible_settings(setting, value, words):
    refused(words, data=data(), **{setting: value})


@pytest.mark.parametrize("kind", [SGLD, MALA, SGNHT, RMSpropSGLD])
@pytest.mark.parametrize("field", ["epsilon", "nbeta", "gamma", "box"])
@pytest.mark.parametrize("value", [-1.0, torch.nan])
def test_impossible_samplers(kind, field, value):
    with pytest.raises(ValueError, match=f"{kind.__name__}: {field} = {value} given, expected"):
        kind(**{field: value})


NO_NUMBERS = ["x", None, torch.ones(2), [1.0], True, torch.inf, 10**400, 10**5000, 1j, b"1"]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=range(len(NO_NUMBERS)))
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (SGLD, "epsilon"),
        (MALA, "gamma"),
        (RMSpropSGLD, "box"),
        (SGNHT, "nbeta"),
        (SGNHT, "friction"),
        (MALA, "spread"),
    ],
)
def test_samplers_refuse_what_is_no_number(kind, field, value):
    if value is None and field in ("nbeta", "box"):
        return  # the usual one, and none
    with pytest.raises(ValueError, match=f"^{kind.__name__}: {field} = .* given, expected"):
        kind(**{field: value})


@pytest.mark.parametrize("memory_mb", [torch.ones(2), 10**400])
def test_memory_that_is_no_number(memory_mb):
    refused(
        "^estimate_llc: memory_mb = .* given, expected a positive number", data=data(), memory_mb=memory_mb
    )


STILL = [{"epsilon": 1e-300}, {"epsilon": 1e-30}, {"epsilon": 1e-3, "box": 1e-30}]


@pytest.mark.parametrize("kind", [SGLD, MALA, SGNHT, RMSpropSGLD])
@pytest.mark.parametrize("still", STILL, ids=str)
def test_chains_that_never_move_are_not_reliable(kind, still):
    """Neither where the loss at w* is found to be 0, nor where it is off by a rounding."""
    x, _ = data(200)
    for noise in (0.0, 1.0):
        y = x.sum(1) + noise * torch.randn(200, generator=torch.Generator().manual_seed(1))
        sampler = kind(nbeta=10.0, **still)
        estimate = estimate_llc(loss, params(), (x, y), sampler=sampler, draws=50, burn_in=10)
        assert estimate.verdict == "not converged"
        assert "chains do not move" in estimate.message


def test_parameters_of_the_wrong_kind():
    refused("no parameters given", params={}, data=data())
    refused("no parameters given", params=[torch.ones(3)], data=data())
    refused("parameter 'w' is of type list", params={"w": [1.0, 1.0, 1.0]}, data=data())
    refused(
        "'w' is torch.int64, expected floating point weights",
        lambda p, b: b[1] + p["w"].sum(),
        params={"w": torch.ones(3, dtype=torch.int64)},
        data=data(),
    )
    refused("needs nbeta", lambda p, _: p["w"].sum(), sampler=SGLD(1e-3))


def test_points_of_different_models():
    for other in ({}, {"v": torch.ones(3)}, {"w": torch.ones(4)}):
        with pytest.raises(ValueError, match=r"no parameters|at some points only|of type"):
            estimate_llcs(loss, [params(), other], data(), **SETTINGS)
    points = [params() | {"b": torch.full((1,), float(i))} for i in range(2)]
    with pytest.raises(ValueError, match="'b' is frozen but differs between points"):
        estimate_llcs(loss, points, data(), component="w", **SETTINGS)


def test_a_loss_without_a_gradient():
    refused(r"gradient does not reach it.*detach", lambda p, b: loss({"w": p["w"].detach()}, b), data=data())


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1)
        )

    def losses(self, p, batch):
        return (torch.func.functional_call(self, p, batch[0])[:, 0] - batch[1]) ** 2

    def forward(self, x):
        return self.layers(x)


def test_dropout_in_training_mode():
    net = Net()
    weights = dict(net.named_parameters())
    refused(r"training mode with dropout\? call model.eval\(\)", net.losses, params=weights, data=data())
    net.eval()
    estimate = estimate_llc(net.losses, weights, data(), **SETTINGS)
    assert estimate.losses.shape == (4, 5)
    assert all(w.grad is None for w in net.parameters())


X, Y = data()
SETTING = {
    "chains": [None, "3", 2.5, [1], True, 10**30],
    "draws": [None, 2.0, torch.nan],
    "seed": [None, "3", 1.5, 10**30],
    "memory_mb": [None, "3", 0, -1.0, torch.nan],
    "scale": ["x", 3.0, {"w": "x"}, {"w": None}, {"w": torch.ones(7)}, {"w": torch.inf}, [1.0]],
    "component": [5, 1.5, {"w": "x"}, [["w"]], {"w": slice(None, None, -1)}, {"w": [5]}, torch.ones(3)],
    "sampler": [3, 1e-3, SGLD, {}],
    "stop": [3, Stop, Stop(std_err=-1.0), Stop(draws=-4), Stop(seconds="x")],
    "observe": [(X, Y), Observe(3), Observe((X,)), Observe((X, Y), every=0), Observe(())],
    "chain": [4],
    "epsilon": [1e-3],
}


@pytest.mark.parametrize(("name", "value"), [(name, v) for name, values in SETTING.items() for v in values])
def test_settings_are_refused_in_words(name, value):
    with pytest.raises((ValueError, TypeError), match=r"^(estimate_llc|component): .*"):
        estimate_llc(loss, params(), data(), **SETTINGS | {name: value})


def made_in_inference() -> torch.Tensor:
    with torch.inference_mode():
        return torch.ones(3)


PARAMS = {
    "None": None,
    "module": torch.nn.Linear(3, 1),
    "generator": torch.nn.Linear(3, 1).named_parameters(),
    "list": {"w": [1.0, 1.0, 1.0]},
    "sparse": {"w": torch.ones(3).to_sparse()},
    "meta": {"w": torch.ones(3, device="meta")},
    "float8": {"w": torch.ones(3).to(torch.float8_e4m3fn)},
    "inference": {"w": made_in_inference()},
    "complex": {"w": torch.ones(3).cfloat()},
    "number as name": {1: torch.ones(3), "w": torch.ones(3)},
    "empty": {"w": torch.ones(0)},
    "wrong shape": {"w": torch.ones(4)},
    "wrong name": {"v": torch.ones(3)},
    "double": {"w": torch.ones(3).double()},
}


@pytest.mark.parametrize("kind", PARAMS)
def test_parameters_are_refused_in_words(kind):
    with pytest.raises(ValueError, match=r"^(estimate_llc|component): .*"):
        estimate_llc(loss, PARAMS[kind], data(), **SETTINGS)


@pytest.mark.parametrize(
    "tensors",
    [(X.to_sparse(), Y), (X.to("meta"), Y), (X.double(), Y), (X.numpy(), Y), ((X,), Y), iter((X, Y))],
)
def test_data_are_refused_in_words(tensors):
    with pytest.raises(ValueError, match=r"^estimate_llc: .*"):
        estimate_llc(loss, params(), tensors, **SETTINGS)


@pytest.mark.parametrize(
    "function", [calibrate, lambda *problem, **settings: dial(*problem, SGLD(1e-3, 10.0), **settings)]
)
@pytest.mark.parametrize("settings", [{"burn_in": -1}, {"seed": "x"}, {"scale": 3}, {"component": "v"}])
def test_calibration_refuses_in_words(function, settings):
    with pytest.raises(ValueError, match=r"^(estimate_llc|component): .*"):
        function(loss, params(), data(), **{"burn_in": 5} | settings)


@pytest.mark.parametrize("kind", ["view", "expanded", "frozen", "parameter", "column"])
def test_tensors_of_every_make_are_taken(kind):
    """Contiguous or not, with or without a gradient: the chains are equal."""
    wide = torch.ones(3, 2)
    w = {
        "view": torch.ones(6)[3:],
        "expanded": torch.ones(1).expand(3),
        "frozen": torch.ones(3, requires_grad=False),
        "parameter": torch.nn.Parameter(torch.ones(3)),
        "column": wide[:, 0],
    }[kind]
    estimate = estimate_llc(loss, {"w": w}, data(), **SETTINGS)
    assert np.array_equal(estimate.losses, estimate_llc(loss, params(), data(), **SETTINGS).losses)
    assert torch.equal(wide, torch.ones(3, 2))


def test_numbers_of_every_kind_are_taken():
    plain = estimate_llc(loss, params(), data(), seed=3, chains=2, batch_size=8, **SETTINGS)
    numpy = {"seed": np.int64(3), "chains": np.int32(2), "batch_size": torch.tensor(8)}
    assert np.array_equal(estimate_llc(loss, params(), data(), **numpy, **SETTINGS).losses, plain.losses)


def test_without_gradients_around_it():
    with torch.no_grad():
        assert estimate_llc(loss, params(), data(), **SETTINGS).losses.shape == (4, 5)
    with torch.inference_mode(), pytest.raises(ValueError, match="inference_mode"):
        estimate_llc(loss, params(), data(), **SETTINGS)
