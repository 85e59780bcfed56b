"""Logic: attention to pairs of entities, on three-wise matching and on boards with bridges."""

import math

import streamlit as st

from devdash.figures.logic import marks as logic_marks
from devdash.intervals import Z_95
from devdash.ui import chart, choices, findings, pages
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.numbers import number
from devdash.ui.page import TOYS, Page, Section
from devdash.ui.pickers import choose, section_picker


def render(run: str) -> None:
    PAGE.sections[section_picker(PAGE)].draw(run)


def _match3(run: str) -> None:
    st.markdown(
        "An ordinary (relational) head weighs single entities; a 2-simplicial head weighs pairs of them. In "
        "Match3 an entity is positive where two others complete a sum that is 0 modulo 8: a question "
        "about pairs."
    )
    ends = fetch("match3_ends", run)
    if ends.empty:
        st.info("No accuracy on Match3 is stored for this run yet.")
        return
    chart.show("logic_learning", run, "learning")
    st.caption(
        "Thick: mean over seeds; band: their range; thin: each seed. Hollow: not a reliable estimate. All "
        "estimates have the same sampler settings."
    )
    pages.link("sampler", "The chains behind these λ̂", run=run)
    chart.show("logic_control", run, "control")
    st.caption(
        "Uniform pairs: the same blocks, but every pair has the same weight, throughout training or only "
        "after it."
    )
    findings.show([match3_findings(ends)])


def match3_findings(ends) -> str:
    """Accuracy of the agents at the end, mean over seeds, in words."""
    trained = ends[~ends["afterwards"]].groupby("agent")["value"]
    means, counts = trained.mean(), trained.count()
    accuracies = [
        f"{plain(logic_marks.name(agent))} **{means[agent]:.3f}**"
        for agent in logic_marks.ordered(ends["agent"])
    ]
    text = (
        f"Accuracy at the end, mean over {_count(counts.max(), 'seed')}, one block and two heads unless said "
        f"otherwise: {'; '.join(accuracies)}."
    )
    if {"2-simplicial", "relational", "relational, 2 blocks"} <= set(means.index):
        lead = means["2-simplicial"] - means["relational"]
        rest = means["2-simplicial"] - means["relational, 2 blocks"]
        text += (
            f" 2-simplicial less relational is **{number(lead, '+.3f')}**; less relational with two blocks, "
            f"**{number(rest, '+.3f')}**."
        )
    return text


def _boards(run: str) -> None:
    st.markdown(
        "On a board two paths of boxes lead to the Gem, which needs both keys; a bridge between the paths is "
        "a dead end. Both agents learn by actor-critic, an action being one thing to take. The paper trains "
        "for 5.5 · 10⁹ single moves and reports its 2-simplicial agent ahead; what is measured here, at far "
        "smaller size, is below."
    )
    ends = fetch("board_ends", run)
    if ends.empty:
        st.info("No evaluation on boards is stored for this run yet.")
        return
    chart.show("logic_wins", run, "wins")
    st.caption("One line for each training. Every evaluation plays the same boards.")
    chart.show("logic_win_types", run, "win types")
    st.caption(
        "L: length of both paths. Bridge s → t: it opens with the key s of one path and holds the key t of "
        "the other. Without a bridge no episode can be lost."
    )
    findings.show([board_findings(ends)])


def board_findings(ends) -> str:
    """Share of episodes won by both agents after as many actions, and the sign of the difference."""
    by_agent = ends.set_index("agent")
    shares = [
        f"{plain(logic_marks.name(agent))} **{row['win_rate']:.3f}** "
        f"({row['lowest']:.3f}–{row['highest']:.3f} over {_count(row['trainings'], 'training')})"
        for agent, row in by_agent.iterrows()
    ]
    text = f"Episodes won after {ends['frames'].max():,} actions: {'; '.join(shares)}."
    if not {"simplicial", "relational"} <= set(by_agent.index):
        return text
    pair = [by_agent.loc[name] for name in ("simplicial", "relational")]
    difference = pair[0]["win_rate"] - pair[1]["win_rate"]
    half = Z_95 * math.sqrt(sum(row["win_rate"] * (1 - row["win_rate"]) / row["episodes"] for row in pair))
    if abs(difference) <= half:
        sign = "the episodes do not tell them apart"
    else:
        sign = "the 2-simplicial agent is " + ("ahead" if difference > 0 else "behind")
    overlap = pair[0]["lowest"] <= pair[1]["highest"] and pair[1]["lowest"] <= pair[0]["highest"]
    ranges = "overlap" if overlap else "do not overlap"
    return (
        f"{text} Difference **{number(difference, '+.3f')} ± {half:.3f}** over episodes: {sign}; the ranges "
        f"over trainings {ranges}."
    )


def _count(number: float, what: str) -> str:
    return f"{number:.0f} {what}" + ("s" if number != 1 else "")


def _episode(run: str) -> None:
    episodes = fetch("board_episodes", run)
    if episodes.empty:
        st.info("No episode is stored for this run yet.")
        return
    names = {f"{row['agent']}-{row['episode']}": _title(row) for row in episodes.to_dict("records")}
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        picked = choose("Episode", list(names), "episode", widget=st.selectbox, names=names)
    agent, _, number = picked.rpartition("-")
    heads = {
        f"{row['block']}.{row['head']}": f"block {row['block'] + 1}, head {row['head'] + 1}"
        for row in fetch("board_heads", run, agent=agent).to_dict("records")
    } or {"0.0": "block 1, head 1"}
    with right:
        head = choose("Attention of", list(heads), "head", widget=st.selectbox, names=heads)
    block, head = (int(part) for part in head.split("."))
    episode = episodes[(episodes["agent"] == agent) & (episodes["episode"] == int(number))].iloc[0]
    options = {"agent": agent, "episode": int(number)}

    def draw(step: int) -> None:
        query = _query(run, step, **options)
        left, right = st.columns([3, 2])
        with left:
            chart.show(
                "logic_board",
                run,
                "board",
                on_click=chart.pick("board", "query"),
                step=step,
                block=block,
                head=head,
                query=query,
                **options,
            )
            st.caption(
                "Filled: key; outlined: lock; ◆: the Gem; ×: the player; dotted frame: what is taken now. "
                "Lines: 1-simplicial attention, as wide as its weight. Click a point to see its attention."
            )
        with right:
            chart.show("logic_pairs", run, "pairs", step=step, query=query, **options)
            st.caption(
                "Each row sums to 1 within a block. Virtual entities (diamonds) are learned; through them "
                "alone things are compared in pairs."
            )

    steps = list(range(int(episode["steps"])))
    with_cursor(steps, "board_step", draw, first=0)


def _title(row: dict) -> str:
    """'2-simplicial: L = 3, with a bridge, won (16 points)'."""
    bridge = "with" if row["bridge"] else "without"
    end = "won" if row["won"] else "lost"
    agent = logic_marks.name(row["agent"])
    return f"{agent}: L = {row['length']}, {bridge} a bridge, {end} (return {row['total']:g})"


def _query(run: str, step: int, **options) -> int | None:
    """The entity that was clicked, while it is there; else the one that is taken at this step."""
    queries = fetch("board_attention", run, step=step, **options)["query"].unique().tolist()
    things = fetch("board_things", run, step=step, **options)
    taken = things[things["chosen"]]["entity"]
    query = choices.settle("Entity", queries, "query", int(taken.iloc[0]) if len(taken) else None)
    if query is not None:
        choices.show("query", query)
    return query


PAGE = Page(
    title="Logic",
    heading="Logic: attention to pairs of entities",
    icon=":material/hub:",
    order=25,
    lead="Attention to pairs of entities beside ordinary attention: on a puzzle about triples, and on "
    "boards that take planning.",
    section=TOYS,
    words=("λ̂", "reliable"),
    compute=("logic",),
    sections={
        "match3": Section("Match3", _match3, ("logic_learning", "logic_control")),
        "boards": Section("Bridge boards", _boards, ("logic_wins", "logic_win_types")),
        "episode": Section("An episode", _episode, ("logic_board", "logic_pairs")),
    },
)
