"""What a page says when there is nothing to show, when a run goes on, or when something is damaged."""

import streamlit as st

from devdash.store.runs import data_folder
from devdash.ui import lacks
from devdash.ui.data import fetch, publisher, runs
from devdash.ui.markdown import plain

NOT_HERE = ":material/help:"
COMMAND = "python -m precompute {} --preset smoke"
GONE = "Its process is gone: the command that began it goes on where it stopped."


def empty(experiments: tuple[str, ...], wanted: tuple[str, ...] = ()) -> None:
    """Say what to compute, or that it runs. wanted: the experiment that is shown, none where it is any."""
    (name,), all_runs = wanted or ("",), runs()
    states = set(all_runs["status"][all_runs["experiment"].eq(name)])
    if "running" in states:
        st.info(f"The {name} run is not finished: its rows come in here.", icon=":material/hourglass_top:")
        return
    if "stopped" in states:
        st.info(f"The {name} run is not finished. {GONE}", icon=":material/pause_circle:")
        return
    run = f"{name} run" if name else "run"
    st.info(f"There is no {run} yet. Compute one in a minute:", icon=":material/science:")
    st.code("\n".join(COMMAND.format(experiment) for experiment in experiments), language="bash")
    st.caption("It appears here while it runs. `python -m precompute list` shows all experiments.")


def lacking(needs: str, run: str) -> None:
    """Say what a user's own run lacks for a page, and how to bring it. needs: of the page."""
    missing = lacks.lacking(needs, run)
    if missing is None:
        st.info("This page shows what was computed for a paper, which this run has not.", icon=NOT_HERE)
        return
    st.info(missing[0], icon=NOT_HERE)
    st.code(missing[1], language="python")


def status(run: str) -> None:
    """A line on a run that is not finished, with the tasks that failed."""
    state = runs().set_index("run")["status"].get(run)
    if state == "stopped":
        st.info(f"This run is not finished. {GONE} What is there is shown.", icon=":material/pause_circle:")
    if state == "running":
        st.info(
            "This run is not finished: what is there is shown, and more comes in while it runs.",
            icon=":material/hourglass_top:",
        )
    failed = fetch("failures", run)
    if len(failed):
        st.warning(f"{_count(len(failed), 'task')} of this run failed; the rest is shown.")
        with st.expander("Failed tasks"):
            for _, row in failed.iterrows():
                st.text(row["task"])
                st.code(row["message"], language=None)


def is_damaged(run: str) -> bool:
    """Whether something of a run could not be read."""
    return run in set(fetch("problems")["run"])


def broken() -> None:
    """Say that a damaged run lacks what the rest of a page needs."""
    st.error("The rest of this page needs rows that could not be read: see “Which files”.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def problems() -> None:
    """Name what could not be read, and show the rest."""
    files = fetch("problems")
    fault = st.session_state.pop("snapshot_fault", None)
    if fault:
        st.warning(f"{plain(fault)}; it was built anew from the run folders.")
    fault = publisher(data_folder()).fault
    if fault:
        st.warning(f"{plain(fault)} \n\nWhat was read before is shown.")
    if len(files):
        st.warning(
            f"{_count(len(files), 'file')} of the data folder could not be read whole; the rest is shown."
        )
        with st.expander("Which files"):
            for _, row in files.iterrows():
                st.text(f"{row['run']} / {row['file']}: {row['message']}")
