"""What is discovered by its file: figures, pages, queries, tables, experiments."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
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


def leaf(module: ModuleType) -> str:
    """A module's last name."""
    return module.__name__.rpartition(".")[2]
