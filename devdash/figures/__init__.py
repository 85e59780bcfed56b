"""One figure per file: TITLE, DATA (its query, or a name → query), OPTIONS, draw(data, **options).

BITMAP: no vector format can hold it; WIDE: scrolled sideways in a window narrower than it can be read in.

Every module here that has a draw() is a figure; pages, export panel and batch export find it.
"""

import functools
import importlib
import pkgutil
from types import ModuleType


@functools.cache
def discover() -> dict[str, ModuleType]:
    """Name → figure module."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "draw")}
