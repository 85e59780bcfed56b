"""No circle of files: following imports from any file of the packages never leads back to it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("devdash", "precompute", "benchmarks")
    for path in (ROOT / package).rglob("*.py")
}


def imported(name: str) -> set[str]:
    """Files of ours that a file imports, wherever in it the import stands."""
    targets = set()
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            targets |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            targets |= inner & FILES.keys() or {node.module}
    return targets & FILES.keys() - {name}


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The names of one circle, or none."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph[name]):
            if names := walk(target, [*way, name]):
                return names
        done.add(name)
        return []

    return next((names for name in sorted(graph) if (names := walk(name, []))), [])


def test_a_circle_is_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert not circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_there_is_none():
    names = circle({name: imported(name) for name in FILES})
    assert not names, " → ".join(names)
