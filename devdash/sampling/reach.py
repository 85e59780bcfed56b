"""The modules that a loss can call: those in its closure, its arguments, its object and its globals."""

from collections.abc import Iterator, Mapping
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType

from torch import Tensor, nn

DEPTH = 6  # of functions that call functions
LONGEST = 100  # entries of a container that are looked at
MOST = 20_000  # things that are looked at in all
LIBRARIES = ("torch", "numpy")


def modules(loss) -> list[nn.Module]:
    """Every module found, the outermost of each tree."""
    seen: dict[int, nn.Module] = {}
    visited: dict[int, object] = {}  # kept alive, so that no other gets its identity

    def visit(value, depth: int) -> None:
        if depth > DEPTH or id(value) in visited or len(visited) > MOST:
            return
        visited[id(value)] = value
        if isinstance(value, nn.Module):
            seen[id(value)] = value
            return
        for part in _parts(value):
            visit(part, depth + 1)

    visit(loss, 0)
    return list(seen.values())


def name_of(tensor: Tensor, among: list[nn.Module]) -> str | None:
    """A tensor's name in one of the modules, whatever view of it is given."""
    for module in among:
        for name, owned in _owned(module):
            if owned is tensor or owned.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr():
                return name
    return None


def _owned(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _parts(value) -> Iterator[object]:
    """What a value refers to, as far as a call of it could use it."""
    if isinstance(value, FunctionType):
        if (value.__module__ or "").split(".")[0] in LIBRARIES:
            return
        yield from (cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell))
        yield from value.__defaults__ or ()
        yield from (value.__kwdefaults__ or {}).values()
        yield from (value.__globals__[name] for name in _names(value.__code__) if name in value.__globals__)
    elif isinstance(value, MethodType):
        yield from (value.__self__, value.__func__)
    elif isinstance(value, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, Mapping):
        yield from list(value.values())[:LONGEST]
    elif isinstance(value, list | tuple | set):
        yield from list(value)[:LONGEST]
    elif not isinstance(value, Tensor | ModuleType | type) and hasattr(value, "__dict__"):
        yield from vars(value).values()
        yield from (method for method in vars(type(value)).values() if isinstance(method, FunctionType))


def _is_filled(cell) -> bool:
    """False for a name that is bound later."""
    return cell != CellType()


def _names(code: CodeType) -> set[str]:
    """Global names of a function and of those that are defined in it."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(_names, inner))
