"""Data in memory and weights on a GPU, passes of a GPU, and devices without double precision."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from devdash.sampling import Observe, estimate_llc
from devdash.sampling.batches import Batches, partition
from devdash.sampling.devices import CACHE_MB, double, pass_mb

pytestmark = pytest.mark.slow

META = torch.device("meta")


def regression(n: int, device="cpu"):
    """A loss, its w* and data; λ = 1, half of the two weights."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, 2, generator=generator)
    y = x @ torch.tensor([1.0, -1.0]) + torch.randn(n, generator=generator)
    w = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    return lambda params, batch: (batch[1] - batch[0] @ params["w"]) ** 2 / 2, {"w": w.to(device)}, (x, y)


class NoDoubles(TorchDispatchMode):
    """Refuses, as Apple's MPS does, to make double precision of another, but where `double` does it."""

    allowed = False

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        inputs = [value.dtype for value in args if isinstance(value, torch.Tensor)]
        made = isinstance(result, torch.Tensor) and result.dtype == torch.float64
        if made and inputs and torch.float64 not in inputs and not self.allowed:
            raise TypeError(f"{function}: no double precision on this device")
        return result


@pytest.mark.parametrize(
    "settings", [{"scale": "curvature"}, {"scale": {"w": 0.5}}, {"batch_size": 50}, {"batch_size": 20}]
)
def test_doubles_are_made_in_one_place(monkeypatch, settings):
    mode, places = NoDoubles(), []

    def counted(value):
        mode.allowed = True
        try:
            return double(value)
        finally:
            mode.allowed = False
            places.append(value)

    for module in ("chains", "curvature", "estimate", "loss_checks", "reference", "resolution"):
        monkeypatch.setattr(f"devdash.sampling.{module}.double", counted)
    loss, params, data = regression(50)
    observe = Observe(data, every=10)
    with mode:
        estimate = estimate_llc(
            loss, params, data, chains=2, draws=20, burn_in=10, observe=observe, **settings
        )
        with pytest.raises(TypeError, match="no double precision"):
            torch.zeros(2).double()
    assert len(places) > 10 and 0 < estimate.llc < 4


class OnMPS(torch.Tensor):
    """A tensor that says to be on MPS, and has no doubles there."""

    device = torch.device("mps")

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is torch.Tensor.cpu:
            return torch.tensor([0.1, 0.2])
        if function is torch.Tensor.double:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return super().__torch_function__(function, types, args, kwargs or {})


def test_a_device_without_doubles_has_them_on_the_cpu():
    tensor = torch.tensor([0.1, 0.2])
    assert torch.equal(double(tensor.as_subclass(OnMPS)), tensor.double())
    assert double(0.1).item() == 0.1 and double(tensor).dtype == torch.float64


def test_the_size_of_a_cpus_cache_bounds_no_pass_elsewhere():
    assert pass_mb(2000, torch.device("cpu")) == CACHE_MB
    assert pass_mb(10, torch.device("cpu")) == 10
    assert pass_mb(2000, torch.device("cuda")) == pass_mb(2000, torch.device("mps")) == 2000


@pytest.mark.parametrize("parted", [False, True])
def test_order_is_drawn_where_the_data_are_and_minibatches_go_to_the_weights(parted):
    """The device meta, whose tensors have no values, stands for a GPU."""
    data = torch.arange(40.0), torch.arange(80.0).view(40, 2)
    blocks = partition(40, 8, torch.Generator().manual_seed(0)) if parted else None

    def batches(device) -> Batches:
        return Batches(data, 8, 3, torch.Generator().manual_seed(1), False, blocks, device)

    there, here = batches(META), batches(None)
    for _ in range(12):
        far, near = there.next(), here.next()
        assert {tensor.device for tensor in (far.index, *far.tensors)} == {META}
        assert [tensor.shape for tensor in far.tensors] == [tensor.shape for tensor in near.tensors]
        assert torch.equal(near.tensors[0], data[0][near.index])
        assert not parted or (far.number.device == META and far.number.shape == (3,))
    assert torch.equal(there.order, here.order), "one order, whatever the weights' device"
    everything = Batches(data, 40, 3, torch.Generator(), False, None, META).next()
    assert {tensor.device for tensor in everything.tensors} == {META}
