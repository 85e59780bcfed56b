"""One page per file: TITLE, ICON, ORDER, render(); discovered, no list is edited."""

import functools
import importlib
import pkgutil
from types import ModuleType


@functools.cache
def discover() -> dict[str, ModuleType]:
    """Name → page module, in the order in which the sidebar shows them."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return dict(sorted(modules.items(), key=lambda item: item[1].ORDER))
