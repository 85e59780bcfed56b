"""Who imports whom: no circle of files, and no experiment's folder uses another's.

Folders are found as they are. What folders of different layers may import stands in pyproject.toml.
"""

import grimp
import pytest

PACKAGES = ("devdash", "precompute", "benchmarks")
LAYERS = (
    "precompute",
    "devdash.measures",
    "devdash.figures",
    "devdash.store.queries",
    "devdash.store.tables",
)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import, at the top of a module or within a function."""
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def circle_in(imports: dict[str, set[str]]) -> list[str]:
    """A circle of modules that import each other, or an empty list. imports: module → what it imports."""
    finished: set[str] = set()

    def follow(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in finished:
            return []
        for imported in sorted(imports[module]):
            if circle := follow(imported, [*path, module]):
                return circle
        finished.add(module)
        return []

    return next((circle for module in sorted(imports) if (circle := follow(module, []))), [])


def test_no_files_import_each_other_in_a_circle(graph):
    circle = circle_in({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
    assert not circle, " → ".join(circle)


def test_a_circle_would_be_seen():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize("layer", LAYERS)
def test_experiments_do_not_import_one_another(graph, layer):
    experiments = (one for one in graph.find_children("precompute") if graph.find_children(one))
    folders = {one.replace("precompute", layer) for one in experiments} & graph.find_children(layer)
    assert folders
    illegal = graph.find_illegal_dependencies_for_layers((grimp.Layer(*folders, independent=True),))
    assert not illegal, [f"{one.importer} → {one.imported}" for one in illegal]
