"""What a run lacks for a page to show it, in words that say how to mend it."""

from devdash.ui.data import fetch

ENOUGH = 8  # steps with λ̂, for stages
MODEL = "model"  # the experiment of runs that users recorded or measured
MEASURE = 'devdash.measure("{run}", devdash.Task(model, loss, data{more}){heads})'
READ = 'devdash.measure("{run}", devdash.causal_lm(model, tokens, tokenizer=tokenizer){heads})'


def lacking(needs: str, run: str) -> tuple[str, str] | None:
    """What is missing, and the code that brings it; None where nobody can bring it.

    needs: the query that lists the runs that a page can show.
    """
    plain, heads = (
        MEASURE.format(run=run, more="", heads=""),
        MEASURE.format(run=run, more="", heads=", heads=True"),
    )
    if needs == "audited_runs":
        return (
            "No checkpoints were looked at yet: that is the first thing that `devdash.measure` does.",
            plain,
        )
    if needs == "stage_runs":
        return _stages(fetch("holdings", run).iloc[0]), plain
    if needs == "trajectory_runs":
        return (
            "The outputs of this model on probe inputs are not followed (from 4 checkpoints on): "
            "give the task some.",
            MEASURE.format(run=run, more=", probe=(inputs,)", heads=""),
        )
    if needs == "heads_runs":
        return (
            "λ̂ of single heads is not measured: the task must name them (`devdash.causal_lm` does).",
            heads,
        )
    if needs == "reading_runs":
        return (
            "No text was read along with this model: a task of `devdash.causal_lm` brings some.",
            READ.format(run=run, heads=""),
        )
    if needs == "multigram_runs":
        return (
            "No head of this model was ablated: a task of `devdash.causal_lm` brings it.",
            READ.format(run=run, heads=""),
        )
    if needs == "embryo_runs":
        return (
            "No susceptibilities of tokens are measured: λ̂ of the heads of a language model, at two "
            "checkpoints or more, brings them.",
            READ.format(run=run, heads=", heads=True"),
        )
    return None


def _stages(row) -> str:
    if not row["steps"]:
        return "λ̂ is not measured of this run yet."
    if row["steps"] < ENOUGH:
        return f"λ̂ at {row['steps']} steps, {ENOUGH} needed for stages."
    if row["minima"] < ENOUGH:
        return (
            f"λ̂ at {row['steps']} steps, but at {row['minima']} of them only is the checkpoint a minimum: "
            f"{ENOUGH} needed for stages."
        )
    return f"λ̂ at {row['steps']} steps; the stages follow when the measuring is done."
