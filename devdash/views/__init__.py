"""One page per file: TITLE, ICON, ORDER, render(); discovered, no list is edited."""

import functools
import sys
from types import ModuleType

from devdash.discovery import leaf, modules


@functools.cache
def discover() -> dict[str, ModuleType]:
    """Name → page module, in the order in which the sidebar shows them."""
    pages = sorted(modules(sys.modules[__name__]), key=lambda page: page.ORDER)
    return {leaf(page): page for page in pages}
