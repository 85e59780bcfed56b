"""One figure per file: TITLE, DATA (its query, or a name → query), OPTIONS, draw(data, **options).

The layout may hold meta={"narrowest": px}: in print, panels narrower than that go beneath one another.
BITMAP: no vector format can hold it; WIDE: scrolled sideways in a window narrower than it can be read in.

Every module here that has a draw() is a figure; pages, export panel and batch export find it.
"""

import functools
import sys
from types import ModuleType

from devdash.discovery import by_name, leaf, modules


@functools.cache
def discover() -> dict[str, ModuleType]:
    """Name → figure module; the name is that of its file."""
    drawn = (module for module in modules(sys.modules[__name__]) if hasattr(module, "draw"))
    return by_name(((leaf(module), module, module) for module in drawn), "figures")
