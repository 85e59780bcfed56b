"""Settings of an experiment, nested frozen dataclasses: changed by --set, and said in run.json."""

import itertools
import json
import types
import typing
from dataclasses import dataclass, fields, is_dataclass, replace

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


@dataclass(frozen=True)
class Point:
    """One point of a grid: all assignments, and those of them that are not the same at all points."""

    all: tuple[str, ...]
    varied: tuple[str, ...]


def points(config, fixed: list[str], assignments: list[str]) -> list[Point]:
    """The grid of assignments after some that are fixed: one with values separated by commas has several, and
    a text in double quotes is one value.

    >>> from dataclasses import make_dataclass
    >>> Config = make_dataclass("Config", [("rate", float, 0.1), ("widths", tuple[int, ...], (8,))])
    >>> [point.varied for point in points(Config(), [], ["rate=0.1,0.2", "widths=4,4"])]
    [('rate=0.1',), ('rate=0.2',)]
    """
    choices = [_choices(config, assignment) for assignment in assignments]
    several = [len(choice) > 1 for choice in choices]
    return [
        Point((*fixed, *picked), tuple(itertools.compress(picked, several)))
        for picked in itertools.product(*choices)
    ]


def _choices(config, assignment: str) -> list[str]:
    """The values of an assignment, each as an assignment; lists of a setting that is a list stand in [ ]."""
    name, _, text = assignment.partition("=")
    if not any(typing.get_origin(kind) is tuple for kind in _kinds(_kind_of(config, name.split(".")))):
        return [f"{name}={part}" for part in _separate(text)]
    try:
        items = json.loads(f"[{text}]")
    except ValueError:
        return [assignment]
    lists = [item for item in items if isinstance(item, list)]
    return [f"{name}={json.dumps(item)}" for item in lists] if len(lists) == len(items) else [assignment]


def _separate(text: str) -> list[str]:
    """Values between commas; texts in double quotes may have commas in them.

    >>> _separate("1,2"), _separate('"two-layer, seed 1","one-layer"')
    (['1', '2'], ['two-layer, seed 1', 'one-layer'])
    """
    try:
        items = json.loads(f"[{text}]")
    except ValueError:
        return text.split(",")
    return items if items and all(isinstance(item, str) for item in items) else text.split(",")


def _kind_of(config, path: list[str]):
    """The annotated type of a setting; None where there is no such setting, which `override` says."""
    for name in path[:-1]:
        config = getattr(config, name, None)
    return typing.get_type_hints(type(config)).get(path[-1]) if is_dataclass(config) else None


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
