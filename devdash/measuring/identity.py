"""What a measuring was of, in short hashes: results of another loss, data or mask are not taken for it."""

import hashlib
from collections.abc import Mapping
from types import CodeType

import numpy as np
import torch
from torch import Tensor

from devdash.adapters.task import Task

ROWS = 1000  # of each column are looked at
PLAIN = (bool, int, float, str, bytes, type(None))


def task_identity(task: Task) -> dict[str, str]:
    """Hashes of the loss's code, of the data (shapes and a thousand rows), and of the model's names."""
    state = {} if task.model is None else task.model.state_dict()
    shapes = {name: tuple(getattr(tensor, "shape", ())) for name, tensor in state.items()}
    return {
        "loss": short(code_of(task.loss), None if task.inputs is None else code_of(task.inputs)),
        "data": short(*(sample(tensor) for tensor in task.examples.tensors)),
        "model": short(sorted(shapes.items())),
    }


def short(*parts) -> str:
    """8 hex digits of anything whose repr says what it is."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]


def sample(tensor: Tensor) -> tuple:
    """Shape, kind and a hash of rows evenly taken from a tensor, which may be larger than memory."""
    rows = np.unique(np.linspace(0, len(tensor) - 1, min(ROWS, len(tensor))).astype(int))
    values = tensor[torch.as_tensor(rows, device=tensor.device)] if len(tensor) > ROWS else tensor
    content = values.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    return str(tensor.dtype), tuple(tensor.shape), hashlib.sha256(content).hexdigest()


def component_identity(component) -> str:
    """A component by its names and its masks' places."""
    if isinstance(component, Mapping):
        parts = [(name, _part(part)) for name, part in component.items()]
        return short(parts)
    return short(component if isinstance(component, str | type(None)) else list(component))


def _part(part):
    return sample(part) if isinstance(part, Tensor) else repr(part)


def code_of(function) -> tuple:
    """What a function does, as far as its code and the plain values that it closes over say it."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:  # an object that is called
        values = sorted((k, v) for k, v in getattr(function, "__dict__", {}).items() if isinstance(v, PLAIN))
        called = vars(type(function)).get("__call__")
        return type(function).__qualname__, values, code_of(called) if hasattr(called, "__code__") else ()
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return _code(code), [value for value in cells if isinstance(value, PLAIN)], function.__defaults__


def _code(code: CodeType) -> tuple:
    constants = [_code(part) if isinstance(part, CodeType) else part for part in code.co_consts]
    return code.co_code, code.co_names, constants
