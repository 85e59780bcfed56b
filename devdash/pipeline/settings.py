"""--set a.b=c: change one setting of a preset, by its dotted name, with its type checked."""

import json
from dataclasses import fields, is_dataclass, replace


def override(config, assignments: list[str]):
    """The configuration with 'name=value' or 'part.name=value' applied, in order."""
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--set {assignment!r}: expected name=value, such as sgd.epochs=100")
        config = _set(config, name.split("."), text, assignment)
    return config


def _set(config, path: list[str], text: str, assignment: str):
    known = {field.name for field in fields(config)}
    if path[0] not in known:
        raise ValueError(f"--set {assignment!r}: no setting {path[0]!r}; there are {sorted(known)}")
    old = getattr(config, path[0])
    if len(path) > 1:
        if not is_dataclass(old):
            raise ValueError(f"--set {assignment!r}: {path[0]!r} has no parts")
        return replace(config, **{path[0]: _set(old, path[1:], text, assignment)})
    if is_dataclass(old):
        parts = ", ".join(f"{path[0]}.{field.name}" for field in fields(old))
        raise ValueError(f"--set {assignment!r}: set one of its parts: {parts}")
    return replace(config, **{path[0]: _parse(old, text, assignment)})


def _parse(old, text: str, assignment: str):
    """The text as a value of the old one's type; lists as JSON or separated by commas."""
    try:
        if isinstance(old, tuple):
            items = json.loads(text if text.startswith("[") else f"[{text}]")
            return tuple(_convert(old[0], item) for item in items)
        return _convert(old, text if isinstance(old, str) else json.loads(text))
    except (ValueError, TypeError):
        kind = type(old).__name__
        raise ValueError(f"--set {assignment!r}: expected a {kind}, such as {old!r}") from None


def _convert(old, value):
    if isinstance(old, bool) != isinstance(value, bool) or isinstance(value, (list, dict)):
        raise TypeError
    if isinstance(old, int) and not isinstance(old, bool) and value != int(value):
        raise TypeError
    return type(old)(value)
