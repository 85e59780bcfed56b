"""Claims A-1 … A-7 from the run's stored tables."""

import pandas as pd

from devdash.measures.heads import claims as heads_claims
from devdash.pipeline.experiment import Workspace
from devdash.store.runs import read_run_json
from devdash.stored_names import BIGRAM

TABLES = ("llc", "llc_sweep", "head", "head_agreement", "ablation", "path_effect")


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    tables = {name: workspace.read(name) for name in TABLES}
    model = tables["head"]["model"].iloc[0]
    metric = with_bigram_score(workspace, model)
    return heads_claims.table(metric, **tables, model=model, seed=workspace.seed_of("claims"))


def with_bigram_score(workspace: Workspace, model: str) -> pd.DataFrame:
    """Rows of metric. Runs that did not copy the bigram score take it from the language run they measured, if
    that lies beside them."""
    metric = workspace.read("metric")
    if (metric["name"] == BIGRAM).any():
        return metric
    measured = read_run_json(workspace.folder).get("measured_run")
    if measured is None:
        return metric
    linked = Workspace(workspace.folder.parent / measured, workspace.seed).read("metric")
    copied = (linked["model"] == model) & (linked["name"] == BIGRAM)
    return pd.concat([metric, linked[copied]], ignore_index=True)
