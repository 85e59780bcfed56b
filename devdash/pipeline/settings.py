"""Settings of an experiment, nested frozen dataclasses: changed by --set, and said in run.json."""

import json
import types
import typing
from dataclasses import fields, is_dataclass, replace

PLAIN = (bool, int, float, str)


def describe(value):
    """A configuration as JSON can hold it: a dataclass by field, tuples as lists.

    A dataclass that extends another (a sampler, a schedule of the learning rate) names its class under
    "kind"; one with a method `describe` says itself what it is.
    """
    if not isinstance(value, type) and hasattr(value, "describe"):
        return describe(value.describe())
    if is_dataclass(value):
        extends = any(is_dataclass(base) for base in type(value).__mro__[1:])
        kind = {"kind": type(value).__name__} if extends else {}
        return kind | {field.name: describe(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: describe(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [describe(part) for part in value]
    if value is None or isinstance(value, PLAIN):
        return value
    raise TypeError(
        f"a setting is {value!r}; run.json can hold numbers, texts, tuples and dataclasses of them"
    )


def override(config, assignments: list[str]):
    """The configuration with 'name=value' or 'part.name=value' applied, in order."""
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--set {assignment!r}: expected name=value, such as sgd.epochs=100")
        config = _set(config, name.split("."), text, assignment)
    return config


def _set(config, path: list[str], text: str, assignment: str):
    names = [field.name for field in fields(config)]
    if path[0] not in names:
        raise ValueError(f"--set {assignment!r}: no setting {path[0]!r}; there are {sorted(names)}")
    old = getattr(config, path[0])
    if len(path) > 1:
        if not is_dataclass(old):
            raise ValueError(f"--set {assignment!r}: {path[0]!r} has no parts")
        return replace(config, **{path[0]: _set(old, path[1:], text, assignment)})
    if is_dataclass(old):
        parts = ", ".join(f"{path[0]}.{field.name}" for field in fields(old))
        raise ValueError(f"--set {assignment!r}: set one of its parts: {parts}")
    kind = typing.get_type_hints(type(config))[path[0]]
    return replace(config, **{path[0]: _parse(kind, text, assignment, old)})


def _parse(kind, text: str, assignment: str, old):
    """The text as a value of the annotated type; lists as JSON or separated by commas, nothing as null."""
    for plain in _kinds(kind):
        try:
            return _convert(plain, text)
        except (ValueError, TypeError):
            continue
    names = " or ".join(_name(plain) for plain in _kinds(kind))
    raise ValueError(f"--set {assignment!r}: expected a {names}, such as {old!r}")


def _kinds(kind) -> tuple:
    """The members of a union, or the type itself."""
    is_union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return typing.get_args(kind) if is_union else (kind,)


def _name(kind) -> str:
    return "null" if kind is type(None) else (typing.get_origin(kind) or kind).__name__


def _convert(kind, text: str):
    if kind is str:
        return text
    if typing.get_origin(kind) is tuple:
        items = json.loads(text if text.startswith("[") else f"[{text}]")
        members = typing.get_args(kind)
        if members[-1] is not Ellipsis and len(members) != len(items):
            raise TypeError
        return tuple(_number(members[0], item) for item in items)
    return _number(kind, json.loads(text))


def _number(kind, value):
    """A value from JSON as one of this type: true is no number, and 1.5 no whole one."""
    if kind is type(None) and value is None:
        return None
    if kind is str and isinstance(value, str):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind in (int, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        number = kind(value)
        if number == value:
            return number
    raise TypeError
