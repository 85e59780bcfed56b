"""What a caller may give wrongly: each fault named with what was given and how to mend it."""

import difflib
import operator
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from devdash.sampling.components import Moving
from devdash.sampling.schedule import Observe, Stop
from devdash.sampling.transform import Settings, as_number, quoted

LEAST = {"chains": 1, "draws": 1, "burn_in": 0, "steps_per_draw": 1, "batch_size": 1}
OPTIONAL = ("burn_in", "steps_per_draw", "batch_size")
OF_SAMPLERS = ("epsilon", "nbeta", "gamma", "box")
EXAMPLES, TOKENS, SEQUENCES = 256, 8192, 8  # of a minibatch by default: at most, and sequences at least
WHOLE = (torch.int64, torch.int32, torch.int16, torch.uint8, torch.int8)
KINDS = {"sampler": Settings, "stop": Stop, "observe": Observe}


def names(settings: Mapping[str, object], allowed: Sequence[str]) -> Mapping[str, object]:
    """The settings, if each of them is one there is.

    >>> names({"draws": 50}, allowed=["draws", "chains"])
    {'draws': 50}
    >>> names({"drawz": 50}, allowed=["draws", "chains"])
    Traceback (most recent call last):
        ...
    TypeError: estimate_llc: no setting 'drawz'; near names: draws
    """
    for name in settings:
        if name in OF_SAMPLERS:
            raise TypeError(f"estimate_llc: {name} belongs to the sampler: sampler=Langevin({name}=…)")
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=3, cutoff=0.4) or allowed
            raise TypeError(f"estimate_llc: no setting {name!r}; near names: {', '.join(near)}")
    return settings


def settings(fields: Mapping[str, object]) -> dict[str, int | float]:
    """Counts and the seed as int, memory_mb as float, from any kind of number; other fields are checked."""
    for name in KINDS:
        if fields[name] is not None:
            instance(name, fields[name])
    if fields["stop"] is not None:
        _stop(fields["stop"])
    if fields["observe"] is not None:
        data(fields["observe"].data, None)
        _whole("Observe.every", fields["observe"].every, 1)
    numbers = {
        name: _whole(name, fields[name], least)
        for name, least in LEAST.items()
        if not (fields[name] is None and name in OPTIONAL)
    }
    memory_mb = _positive("memory_mb", fields["memory_mb"])
    return numbers | {"seed": _whole("seed", fields["seed"], -(2**60)), "memory_mb": memory_mb}


def instance(name: str, value) -> None:
    """Settings of a sampler, or a `Stop` or `Observe`, rather than the class or a number."""
    kind = KINDS[name]
    if not isinstance(value, kind):
        expected = (
            "the settings of a sampler such as Langevin(…)" if kind is Settings else f"{kind.__name__}(…)"
        )
        hint = f"; give an instance: {value.__name__}(…)" if isinstance(value, type) else ""
        raise ValueError(f"estimate_llc: {name} = {quoted(value)} given, expected {expected}{hint}")


def _stop(stop: Stop) -> None:
    _whole("Stop.draws", stop.draws, 1)
    _positive("Stop.seconds", stop.seconds)
    if stop.std_err is not None:
        _positive("Stop.std_err", stop.std_err)


def _positive(name: str, value) -> float:
    number = as_number(value)
    if not number > 0:
        raise ValueError(f"estimate_llc: {name} = {quoted(value)} given, expected a positive number")
    return number


def _whole(name: str, value, least: int) -> int:
    """The value as an int, of whatever integer type it is."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise ValueError(f"estimate_llc: {name} = {quoted(value)} given, expected a whole number")
    if not least <= number < 2**61:
        expected = f"{least} or more" if name != "seed" else "a number between −2⁶⁰ and 2⁶¹"
        raise ValueError(f"estimate_llc: {name} = {quoted(number)} given, expected {expected}")
    return number


def data(tensors, batch_size: int | None) -> tuple[tuple[Tensor, ...] | None, int]:
    """The data as a tuple, and the batch size: what was asked for, or all data up to `EXAMPLES`.

    Of sequences of tokens no more than `TOKENS` together, but `SEQUENCES` at the least.

    >>> x = torch.zeros(500, 3)
    >>> tensors, batch_size = data([x, x[:, 0]], None)
    >>> type(tensors), batch_size
    (<class 'tuple'>, 256)
    >>> data((torch.zeros(500, 1024, dtype=torch.long),), None)[1]
    8
    """
    if tensors is None:
        return None, 1
    if (
        not isinstance(tensors, tuple | list)
        or not tensors
        or not all(isinstance(t, Tensor) for t in tensors)
    ):
        hint = "; torch.from_numpy makes tensors of arrays, and a loader's batches need torch.cat"
        raise ValueError(
            f"estimate_llc: data of type {type(tensors).__name__} given, expected a tuple of tensors, "
            f"or None{hint}"
        )
    for tensor in tensors:
        if tensor.layout != torch.strided or tensor.device.type == "meta":
            raise ValueError(
                f"estimate_llc: data of layout {tensor.layout} on {tensor.device} given, expected dense "
                "tensors with values; give .to_dense()"
            )
    sizes = {tensor.shape[:1] for tensor in tensors}
    if len(sizes) != 1 or sizes == {()}:
        shapes = [tuple(tensor.shape) for tensor in tensors]
        raise ValueError(f"estimate_llc: data {shapes} given, expected equal first dimensions")
    n = sizes.pop()[0]
    if n == 0:
        raise ValueError("estimate_llc: data without examples given, expected at least one")
    if batch_size is None:
        sequences = max(SEQUENCES, TOKENS // tokens(tensors))
        return tuple(tensors), min(EXAMPLES, sequences, n)
    batch_size = _whole("batch_size", batch_size, 1)
    if batch_size > n:
        raise ValueError(
            f"estimate_llc: batch_size = {batch_size} given for {n} examples; "
            f"give at most {n}, or leave it out"
        )
    return tuple(tensors), batch_size


def tokens(tensors) -> int:
    """Tokens in each example of data (n, token) of whole numbers; 1 where examples are no sequences of them.

    >>> tokens((torch.zeros(500, 1024, dtype=torch.long),)), tokens((torch.zeros(500, 3),)), tokens(None)
    (1024, 1, 1)
    """
    if tensors is None or tensors[0].dim() != 2 or tensors[0].dtype not in WHOLE:
        return 1
    return max(1, tensors[0].shape[1])


def points(params) -> list[Mapping[str, Tensor]]:
    """At least one point, each with the same parameters: dense tensors in the memory of one device."""
    if isinstance(params, Mapping):
        raise ValueError("estimate_llcs: one point given, expected a list of them: [params]")
    params = list(params) if isinstance(params, Iterable) else [params]
    odd = [type(point).__name__ for point in params if not isinstance(point, Mapping) or not point]
    if not params or odd:
        raise ValueError(
            f"estimate_llc: no parameters given, but {odd[0] if odd else 'an empty list'}; "
            "expected name → tensor, such as dict(model.named_parameters())"
        )
    first = params[0]
    for point in params:
        if point.keys() != first.keys():
            odd = ", ".join(map(str, list(point.keys() ^ first.keys())[:5]))
            raise ValueError(f"estimate_llcs: {odd} given at some points only, expected it at each or none")
        for name in first:
            _parameter(name, point[name], first[name])
    devices = {str(tensor.device) for tensor in first.values()}
    if len(devices) > 1:
        raise ValueError(
            f"estimate_llc: parameters on {', '.join(sorted(devices))} given, expected one device"
        )
    return params


def _parameter(name, tensor, first) -> None:
    """A tensor that can be copied, moved and differentiated, such as the one at the first point."""
    if not isinstance(name, str):
        raise ValueError(f"estimate_llc: parameter name {name!r} given, expected a string")
    if not isinstance(tensor, Tensor) or not isinstance(first, Tensor) or tensor.shape != first.shape:
        raise ValueError(
            f"estimate_llc: parameter {name!r} is of type {type(tensor).__name__}, "
            "expected a tensor, of the same shape at every point"
        )
    mend = None
    if tensor.dtype != first.dtype:
        mend = f"has {tensor.dtype} at one point and {first.dtype} at another; convert them all"
    elif tensor.device.type == "meta":
        mend = "is on the meta device, which has no values; load the weights"
    elif tensor.layout != torch.strided:
        mend = "is sparse; give .to_dense()"
    elif tensor.is_inference():
        mend = "was made under torch.inference_mode(), and cannot be differentiated; give .clone()"
    elif tensor.is_floating_point() and tensor.itemsize == 1:
        mend = f"is {tensor.dtype}, in which torch does not calculate; give .bfloat16() or .float()"
    if mend:
        raise ValueError(f"estimate_llc: parameter {name!r} {mend}")


def moving(params: Sequence[Mapping[str, Tensor]], movings: Sequence[Moving]) -> None:
    """Weights that move are finite; others may be infinite (masks), and are equal at every point."""
    for part in movings:
        for name in part.names:
            if not all(_finite(point[name], part.index[name]) for point in params):
                raise ValueError(
                    f"estimate_llc: w* has NaN or infinite entries in {name!r}; "
                    "the checkpoint is damaged or the training diverged"
                )
    moved = {name for part in movings for name in part.all_names()}
    for point in params[1:]:
        for name in params[0].keys() - moved:
            if not torch.equal(point[name], params[0][name]):
                raise ValueError(
                    f"estimate_llcs: {name!r} is frozen but differs between points; estimate them one by one"
                )


def _finite(tensor: Tensor, index: Tensor | None) -> bool:
    """Whether all entries are, or those at an index; found without a second tensor of that size."""
    entries = tensor if index is None else tensor.reshape(-1)[index]
    return entries.numel() == 0 or all(bool(end.isfinite()) for end in entries.aminmax())
