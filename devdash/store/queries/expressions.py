"""Expressions of SQL that several queries share."""

from devdash.verdicts import BETWEEN, CURVATURE, CURVATURE_ABOVE, DIVERGED, LEARNING, LEARNING_BELOW, RELIABLE

AT_OR_BEFORE = "coalesce(max(step) FILTER (step <= coalesce(?, step)), min(step))"
"""The last measured step at or before the one that is bound, else the first; the last one for NULL."""
IS_RELIABLE = f"verdict = '{RELIABLE}'"
HAS_DIVERGED = f"verdict = '{DIVERGED}'"

# Where a sweep over nβ was measured: the slope of ln λ̂ on ln nβ by least squares, among the sweep's estimates
# and the run's at the same γ, data and step. The last step with two nβ or more counts.
_SLOPES = f"""(
    SELECT run, model, component, gamma, arg_max(slope, step) AS slope FROM (
        SELECT run, model, component, distribution, gamma, step, regr_slope(ln(llc), ln(nbeta)) AS slope
        FROM (
            SELECT run, model, component, distribution, gamma, step, nbeta, llc, verdict FROM llc_sweep
            UNION ALL
            SELECT run, model, component, distribution, gamma, step, nbeta, llc, verdict FROM llc
            WHERE target = 'data' AND (run, model, component) IN (
                SELECT (run, model, component) FROM llc_sweep)
        )
        WHERE llc > 0 AND isfinite(llc) AND nbeta > 0 AND NOT {HAS_DIVERGED}
        GROUP BY ALL HAVING count(DISTINCT nbeta) > 1
    ) GROUP BY ALL
)"""
_MEASURED = "nullif(l.regime_word, '')"
_SWEPT = f"""
    CASE WHEN s.slope < {LEARNING_BELOW} THEN '{LEARNING}' WHEN s.slope > {CURVATURE_ABOVE} THEN '{CURVATURE}'
         WHEN s.slope IS NOT NULL THEN '{BETWEEN}' END
"""


def with_regime(estimates: str) -> str:
    """Rows of the table llc, or of another with its columns, with a regime wherever there is one.

    One that was not measured with the estimate is taken from the sweep over nβ of the same model and
    component, at its last step: it says the regime of other steps and data only as far as that does not
    move, and none of other targets. The trace of the Hessian is then 2γλ̂/nβ, as where it was measured.
    """
    return f"""(
        SELECT l.* REPLACE (
            coalesce({_MEASURED}, {_SWEPT}) AS regime_word,
            CASE WHEN {_MEASURED} IS NULL AND s.slope > {CURVATURE_ABOVE} AND l.llc > 0
                 THEN 2 * l.gamma * l.llc / l.nbeta ELSE l.hessian_trace END AS hessian_trace
        )
        FROM {estimates} l LEFT JOIN {_SLOPES} s
          ON s.run = l.run AND s.model = l.model AND s.component = l.component AND s.gamma = l.gamma
             AND l.target = 'data'
    )"""


ESTIMATES = with_regime("llc")
"""The table llc with regimes."""
REGIME = "regime_word, hessian_trace"
"""What figures of λ̂ say beside it."""
