"""The examples in docstrings run, and give what they say."""

import doctest
import importlib
import pkgutil
import tempfile

import pytest
import torch

from devdash import measures, sampling

MODULES = [
    module.name
    for package in (sampling, measures)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, monkeypatch):
    monkeypatch.chdir(tempfile.gettempdir())
    module = importlib.import_module(name)
    failed = doctest.testmod(module, extraglobs={"torch": torch}, optionflags=doctest.ELLIPSIS).failed
    assert failed == 0


def test_what_is_public_has_an_example():
    """Functions and settings of the sampling package."""
    bare = [
        name
        for name in sampling.__all__
        if ">>>" not in (getattr(sampling, name).__doc__ or "") and name not in ("Calibration", "Estimate")
    ]
    assert not bare
