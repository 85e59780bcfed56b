"""Tests that share a fixture go to one worker, so that it is made once."""

import os

import pytest


@pytest.fixture(scope="module")
def shared() -> str:
    return "made once"


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="tests run in one process (-n 0)")
def test_the_scheduler_is_told_the_group(shared, request):
    """pytest-xdist 3.8 tells it by the end of the test's name, which pytest 9.2 no longer lets it write."""
    assert request.node.nodeid.endswith("@test_grouping")
