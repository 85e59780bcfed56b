"""The examples in docstrings of measures, found by discovery."""

import doctest
from pathlib import Path

import pytest

from devdash import measures, verdicts
from devdash.discovery import modules

EXAMPLES = [
    module for module in (verdicts, *modules(measures)) if ">>>" in Path(module.__file__).read_text("utf-8")
]


@pytest.mark.parametrize("module", EXAMPLES, ids=lambda module: module.__name__)
def test_examples_are_right(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
