"""How the internal structure of a model develops in training: record it, measure it, look at it.

What a user needs is imported when it is first used, so that the app starts without torch.
"""

import importlib

PUBLIC = {
    "Task": "devdash.adapters.task",
    "causal_lm": "devdash.adapters.causal_lm",
    "finish": "devdash.recording.api",
    "import_run": "devdash.recording.imported",
    "init": "devdash.recording.api",
    "log": "devdash.recording.api",
    "measure": "devdash.measuring.api",
    "preview": "devdash.adapters.parts",
}


def __getattr__(name: str):
    if name not in PUBLIC:
        raise AttributeError(f"module 'devdash' has no attribute {name!r}; there are {', '.join(PUBLIC)}")
    return getattr(importlib.import_module(PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
