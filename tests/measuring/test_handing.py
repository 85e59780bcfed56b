"""A task handed to other processes: it comes back as it was, and nothing else is read in its place."""

import numpy as np
import pytest

from devdash.measuring.handing import written
from tests.measuring.linear import task


def test_a_task_comes_back(tmp_path):
    handed = written(task(), tmp_path / "task.pickle")
    again = handed.task()
    assert np.array_equal(again.examples.tensors[0], task().examples.tensors[0])


def test_a_file_that_another_wrote_is_not_read(tmp_path):
    handed = written(task(), tmp_path / "task.pickle")
    (tmp_path / "task.pickle").write_bytes(b"cos\nsystem\n(S'touch taken'\ntR.")
    with pytest.raises(ValueError, match="not what this command wrote"):
        handed.task()
