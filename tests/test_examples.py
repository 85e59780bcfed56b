"""The examples in docstrings run, and give what they say; what is public in sampling and measures has one.

Public is what a package exports or another package uses, and in measures every name without an underscore.
"""

import ast
import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import numpy as np
import pandas as pd
import pytest
import torch

from devdash import measures, sampling
from devdash.discovery import modules

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FILES = [file for folder in ("devdash", "precompute") for file in sorted((ROOT / folder).rglob("*.py"))]
LIBRARIES = {"np": np, "pd": pd, "torch": torch}  # no example has to import these


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


EXAMPLES = [name_of(file) for file in FILES if ">>> " in file.read_text("utf-8")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_right(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs=LIBRARIES, optionflags=doctest.ELLIPSIS)
    assert result.attempted and not result.failed


def used_by_others(package: str) -> set[str]:
    """Full names of what files outside a package import from its modules, or read of them."""
    names = set()
    for file in FILES:
        if name_of(file).startswith(f"{package}."):
            continue
        tree = ast.parse(file.read_text("utf-8"))
        imports = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        read = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
        names |= {*imports.values(), *(f"{imports.get(ast.unparse(n.value))}.{n.attr}" for n in read)}
    return names


def public() -> Iterator[tuple[str, object]]:
    """Full name and object of every public function and class of both packages, where it is defined."""
    used = used_by_others(sampling.__name__)
    exported = [getattr(sampling, name) for name in sampling.__all__]
    for module in (*modules(measures), *modules(sampling)):
        for name, value in vars(module).items():
            full = f"{module.__name__}.{name}"
            here = getattr(value, "__module__", None) == module.__name__
            if not here or name.startswith("_") or not isinstance(value, FunctionType | type):
                continue
            if full.startswith(measures.__name__) or value in exported or full in used:
                yield full, value


def has_example(name: str, value) -> bool:
    """Whether its docstring, or for a class that of a method, has an example."""
    return any(test.examples for test in doctest.DocTestFinder().find(value, name))


def test_what_is_public_has_an_example():
    named = dict(public())
    assert named.keys() >= {"devdash.measures.stages.find_stages", "devdash.sampling.api.estimate_llc"}
    assert not [name for name, value in named.items() if not has_example(name, value)]


def test_a_lack_is_seen():
    assert not has_example("bare", lambda: None)
    assert not has_example("Bare", type("Bare", (), {"count": 0}))  # the docstring of int has an example
