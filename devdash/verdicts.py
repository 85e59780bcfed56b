"""The words that estimates of λ and claims are judged by; every layer may import this.

An estimate that is not reliable is shown hollow and decides no claim. Regimes say what kind of number λ̂ is,
by how it moves with nβ: ∂ ln λ̂ / ∂ ln nβ is near 0 where it is a learning coefficient, and near 1 where it is
nβ tr H / 2γ, a curvature.
"""

RELIABLE, NOT_CONVERGED, NOT_A_MINIMUM, DIVERGED = ("reliable", "not converged", "not a minimum", "diverged")
VERDICTS = (RELIABLE, NOT_CONVERGED, NOT_A_MINIMUM, DIVERGED)
AT_MINIMUM = (RELIABLE, NOT_CONVERGED)  # verdicts on chains that stayed at w*
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"  # of a claim
CLAIM_VERDICTS = (HOLDS, FAILS, UNDECIDED)
LEARNING, CURVATURE, BETWEEN = "learning coefficient", "curvature", "between"
LEARNING_BELOW, CURVATURE_ABOVE = 0.25, 0.75  # ∂ ln λ̂ / ∂ ln nβ below and above which λ̂ is one or the other


def is_reliable(rows):
    """Whether estimates are reliable: a boolean Series for a table, one bool for a row or a verdict.

    rows: DataFrame, row (Series or dict) with a column `verdict`, or the verdict itself.

    >>> is_reliable({"llc": 3.1, "verdict": "reliable"}), is_reliable("diverged")
    (True, False)
    """
    verdict = rows if isinstance(rows, str) else rows["verdict"]
    return verdict == RELIABLE
