"""Whether a map of tokens shows more than noise: by two replicates of the chains, and by neighbours."""

from collections.abc import Sequence

import pandas as pd

from devdash.measures.heads import embryology, moments, susceptibility
from devdash.measures.metric_rows import metric
from devdash.stored_names import AGREEMENT, APART, BY_NEIGHBOURS, MAJORITY


def rows(
    replicates: Sequence[pd.DataFrame],
    whole: pd.DataFrame,
    kinds: Sequence[str],
    texts: Sequence[int],
    neighbours: int,
) -> list[dict]:
    """Rows of metric at one step, without model, step and component.

    replicates: susceptibilities (token, head) of two sets of chains; whole: of all chains. kinds, texts: of
    the tokens. The kinds of neighbours are left out where there are not enough tokens of other texts.

    >>> table = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)))
    >>> checks = rows([table, table], table, ["word", "digit"] * 20, [0] * 20 + [1] * 20, neighbours=5)
    >>> [check["name"] for check in checks][:2], round(checks[0]["value"], 2)
    (['agreement of susceptibilities', 'agreement of susceptibilities, common mode removed'], 1.0)
    """
    parts = [part.to_numpy() for part in replicates]
    apart = [susceptibility.without_common(part).to_numpy() for part in replicates]
    agreements = [metric(AGREEMENT, moments.agreement(*parts)), metric(APART, moments.agreement(*apart))]
    most = pd.Series(texts).value_counts().max()
    if len(whole) - most < neighbours:
        return agreements
    guesses = embryology.kinds_by_neighbours(
        susceptibility.standardise(whole).to_numpy(), kinds, texts, neighbours
    )
    return [
        *agreements,
        metric(BY_NEIGHBOURS, guesses.accuracy, guesses.std_err),
        metric(MAJORITY, guesses.majority),
    ]
