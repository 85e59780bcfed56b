"""A quantity over training: where it rises, and what of it is there."""

import numpy as np
import pytest

from devdash.measures.findings import MissingData
from devdash.measures.training_curve import TrainingCurve


def test_curve_finds_lasting_changes():
    curve = TrainingCurve(np.arange(6.0), np.array([0, 5, 0, 3, 4, 4.0]), np.zeros(6))
    assert curve.onset(2) == 3 and np.isnan(curve.onset(9))
    assert curve.passed(0, 0.5) == 3 and curve.change(0) == (3, 4)
    assert curve.at(2.4)[0] == 0


def test_a_single_checkpoint_is_no_curve():
    with pytest.raises(MissingData, match="from step 3 on"):
        TrainingCurve(np.arange(4.0), np.arange(4.0), np.zeros(4)).since(3)
