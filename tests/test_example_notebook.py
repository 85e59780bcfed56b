"""The notebook of examples/ runs from top to bottom, and its cells give what a notebook shows."""

import json

import pytest
from plotly.graph_objects import Figure

from devdash.store.check import faults
from devdash.store.shards import read_table
from tests.conftest import ROOT

NOTEBOOK = ROOT / "examples" / "digits.ipynb"


def cells() -> list[dict]:
    return json.loads(NOTEBOOK.read_text("utf-8"))["cells"]


def run(source: str, names: dict):
    """What a cell shows: the value of its last line, where that is an expression."""
    *before, last = source.rstrip().split("\n")
    try:
        expression = compile(last, NOTEBOOK.name, "eval")
    except SyntaxError:
        exec(compile(source, NOTEBOOK.name, "exec"), names)
        return None
    exec(compile("\n".join(before), NOTEBOOK.name, "exec"), names)
    return eval(expression, names)


@pytest.mark.slow
def test_cells_run_and_show(tmp_path, monkeypatch):
    monkeypatch.delenv("DEVDASH_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    names = {}
    values = [run("".join(cell["source"]), names) for cell in cells() if cell["cell_type"] == "code"]
    outputs = [value for value in values if value is not None]
    assert any(isinstance(value, Figure) for value in outputs)
    assert sum(hasattr(value, "_repr_html_") for value in outputs) >= 4
    folder = tmp_path / "devdash-data" / "runs" / "digits"
    assert faults(folder) == [] and names["measured"].failures == 0
    assert not [name for name in ("metric", "llc", "trajectory") if read_table(folder, name).empty]


def test_nothing_of_an_earlier_run_is_kept():
    """Cells have names, as the format wants, and no outputs that nobody can check."""
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert notebook["nbformat"] == 4 and len({cell["id"] for cell in cells()}) == len(cells())
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells())
