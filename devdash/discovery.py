"""What is discovered by its file: figures, pages, queries, tables, experiments."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import TypeVar

Item = TypeVar("Item")


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Every module of a package and of its sub-packages, imported, in the order of their paths."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.ispkg:
            yield importlib.import_module(module.name)


def by_name(items: Iterable[tuple[str, ModuleType, Item]], kind: str) -> dict[str, Item]:
    """Name → item, from (name, module that holds it, item). kind: what the items are, for the error.

    Two items of one name are refused, since the later one would silently take the place of the first.
    """
    holders, named = {}, {}
    for name, module, item in items:
        if name in named:
            raise ImportError(
                f"two {kind} are named {name!r}, in {holders[name]} and in {module.__name__}; rename one"
            )
        holders[name], named[name] = module.__name__, item
    return named


def near(name: str, names: Iterable[str]) -> str:
    """The words of an error on a name that is not there: names like it, or all of them.

    >>> near("crossing", ["crossings", "occupancy"])
    'did you mean crossings?'
    """
    alike = difflib.get_close_matches(str(name), list(names), 3)
    return f"did you mean {' or '.join(alike)}?" if alike else f"there are {', '.join(sorted(names))}"


def find(name: str, items: Mapping[str, Item], kind: str) -> Item:
    """The item of a name. kind: what the items are, for the error, which has the near names."""
    if name not in items:
        raise LookupError(f"no {kind} is named {name!r}; {near(name, items)}")
    return items[name]


def leaf(module: ModuleType) -> str:
    """A module's last name."""
    return module.__name__.rpartition(".")[2]
