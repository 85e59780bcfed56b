"""A page that cannot do without rows that are damaged says so; a fault of its own is not hidden."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.store import tiny_run

PAGE = """
import types
from dataclasses import replace
from devdash.ui import choices, opening
from devdash.views import sampler

def render(run):
    raise KeyError("a row that is not there")

choices.begin("sampler")
page = replace(sampler.PAGE, needs="", compute=("model",))
opening.show(types.SimpleNamespace(__name__="devdash.views.sampler", PAGE=page, render=render), ("model",))
"""


@pytest.mark.parametrize("damaged", [True, False])
def test_only_a_damaged_run_excuses_a_page(tmp_path, read, damaged):
    folder = tiny_run.write(tmp_path)
    if damaged:
        (folder / "llc.parquet").write_bytes(b"PAR1")
    read(tmp_path)
    test = AppTest.from_string(PAGE, default_timeout=120).run()
    assert ["needs rows that could not be read" in error.value for error in test.error] == [True] * damaged
    assert len(test.exception) == (not damaged)
