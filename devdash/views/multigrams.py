"""Multigrams: the circuit between heads, what each head memorised, and what migrates between layers."""

import pandas as pd
import streamlit as st

from devdash.figures import style, token_marks
from devdash.figures.heads import circuit, effect_marks
from devdash.stored_names import TAGS
from devdash.ui import chart, effect_tokens, findings, head_words, multigram_words, table, token_contexts
from devdash.ui.cursor import with_cursor
from devdash.ui.data import fetch
from devdash.ui.markdown import plain
from devdash.ui.page import LANGUAGE, Page, Section
from devdash.ui.pickers import choose, section_picker
from devdash.ui.text_names import text_names

COMPOSITION = (
    "{}-composition: how much of the lower head’s output the upper one’s {} read, by the weights alone."
)
MEANS = {
    "path effect": "Path effect: the loss rises by so much when the upper head alone does not get the lower "
    "one’s output.",
    **{
        f"{way}-composition": COMPOSITION.format(way, words)
        for way, words in (("K", "keys"), ("Q", "queries"), ("V", "values"))
    },
}
TWIN = (
    "The one-layer target measures the loss as KL to the one-layer model’s outputs: what that model also "
    "knows. Compare shapes: the two scales differ."
)
ENDS = ("source", "reader")
QUESTIONS = {
    "A-5": "Does layer 0 lose, and layer 1 gain, what the one-layer model knows, as in the paper?",
    "A-6": "Do heads of both layers come to close nested brackets together, as in the paper?",
}
LINES = 8  # places of a multigram that are shown
TABLE_PX = 300
MOVED = ["text", "source", "reader", "peak_step", "peak_nats", "end_nats", "gain_nats", "std_err"]


def render(run: str) -> None:
    heads = fetch("circuit_heads", run)
    if heads.empty:
        st.info("No ablation of heads is stored for this run: its measuring is not done.")
        return
    names = fetch("multigram_names", run)
    memorised = multigram_words.memorised(fetch("memorised", run), fetch("bigram_minimum", run))
    st.markdown(multigram_words.INTRODUCTION)
    PAGE.sections[section_picker(PAGE)].draw(run, heads)
    judged = head_words.verdicts(fetch("claims", run), QUESTIONS)
    findings.show([memorised, multigram_words.migration(names), *judged])


def _steps(run: str, of: str) -> list[int]:
    """Where the cursor can stand: at the steps at which what is shown was measured."""
    return fetch("circuit_steps", run, of=of)["step"].tolist()


def _pick(heads, first: str | None = None) -> str:
    """The chosen head, at first this one, else the one that memorised most."""
    names = {row["head"]: _about(row) for _, row in heads.iterrows()}
    first = first or heads.loc[heads["memorised"].fillna(0).idxmax(), "head"]
    return choose("Head", list(names), "head", widget=st.selectbox, names=names, first=first)


def _about(row) -> str:
    return f"{row['head']}, {row['kind']}" if isinstance(row["kind"], str) else row["head"]


def _measured(rows, step: int) -> int:
    """The step that was measured; says so where it is not the cursor's."""
    at = int(rows["step"].iloc[0])
    if at < step:
        st.caption(f"Measured at step {at:,}, the nearest at or before the cursor.")
    elif at > step:
        st.caption(f"Measured from step {at:,} on, which is shown.")
    return at


def _circuit(run: str, heads) -> None:
    """Edges between heads at the cursor, and what the chosen head does."""
    choices = fetch("circuit_choices", run)
    kinds = sorted(choices["edge"].unique(), key=lambda edge: (edge != circuit.OPTIONS["edge"], edge))
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        edge = choose("Edges", kinds or [circuit.OPTIONS["edge"]], "edge", widget=st.selectbox)
    tags = [tag for tag in TAGS if tag in set(choices.loc[choices["edge"] == edge, "tag"])]
    with right:
        tag = choose("On tokens", tags, "tag", widget=st.selectbox) if tags else "all"

    def draw(step: int) -> None:
        rows = fetch("circuit_edges", run, edge=edge, tag=tag, step=step)
        left, right = st.columns([3, 2])
        with right:
            head = _pick(heads, _strongest(rows))
            _tags(run, head, step)
        with left:
            st.markdown(multigram_words.strongest(rows, edge, tag))
            at = _measured(rows, step) if len(rows) else step
            pick = chart.pick("circuit", "head", str)
            chart.show("circuit", run, "circuit", on_click=pick, edge=edge, tag=tag, step=at, head=head)
            st.caption(f"Click a head to see what it does. {MEANS.get(edge, '')}")

    with_cursor(_steps(run, edge), "step", draw)


def _strongest(edges) -> str | None:
    """The head whose edges carry most."""
    if edges.empty:
        return None
    both = pd.concat([edges[[end, "strength"]].set_axis(["head", "carried"], axis=1) for end in ENDS])
    return both.assign(carried=both["carried"].abs()).groupby("head")["carried"].sum().idxmax()


def _tags(run: str, head: str, step: int) -> None:
    rows = fetch("tag_effects", run, head=head, step=step)
    if rows.empty:
        st.info("No ablation of this head is stored.")
        return
    chart.show("tag_effects", run, "tag effects", head=head, step=_measured(rows, step))


def _head(run: str, heads) -> None:
    """A head's multigrams as a table; the chosen one's carriers beside it."""
    head = _pick(heads)

    def draw(step: int) -> None:
        rows = fetch("head_multigrams", run, head=head, step=step)
        if rows.empty:
            st.info("No effect of this head on multigrams is stored.")
            return
        _measured(rows, step)
        place = _table(rows, head)
        st.caption(
            "Effect: rise in loss of its last token without the head, with standard error; the line: over "
            "steps, all on one scale; first what the head ever affected most. Count, and probability of the "
            "last token: in the training text; evaluated: occurrences behind the effect. Choose a row to see "
            "which heads carry it; the magnifier in the corner searches."
        )
        chosen = int(rows["multigram"].iloc[place])
        chart.show("multigram_steps", run, "head carriers", multigram=chosen)
        _places(run, chosen, rows["text"].iloc[place])

    with_cursor(_steps(run, "multigrams"), "step", draw)


def _places(run: str, multigram: int, name: str) -> None:
    """Some places where a multigram stands in the evaluated texts, each in its context."""
    places = fetch("multigram_places", run, multigram=multigram)
    if places.empty:
        return
    kinds = places["distribution"].value_counts()
    listed = ", ".join(f"{plain(kind)} {count}" for kind, count in kinds.items())
    st.markdown(f"## Where “{plain(name)}” stands in the evaluated texts ({listed})")
    some = tuple(places[["text", "position"]].head(LINES).itertuples(index=False, name=None))
    contexts = fetch("embryo_contexts", run, places=some)
    token_contexts.show(contexts, some, dict.fromkeys(some, style.BLUE))


def _table(rows, head: str) -> int:
    """Multigrams with effect and its course over steps; the place of the chosen row, the first at first."""
    columns = ["text", "kind", "count", "probability", "effect_nats", "std_err", "trend", "occurrences"]
    points = rows["trend"].explode().astype(float)
    config = {
        "text": st.column_config.TextColumn("multigram", pinned=True, width="medium"),
        "trend": st.column_config.LineChartColumn("over steps", y_min=points.min(), y_max=points.max()),
        "effect_nats": st.column_config.NumberColumn("effect (nats)", format="%.3f"),
        "std_err": st.column_config.NumberColumn("± (nats)", format="%.2g"),
        "probability": st.column_config.NumberColumn("probability", format="%.2f"),
        "occurrences": st.column_config.NumberColumn("evaluated"),
    }
    event = st.dataframe(
        rows[columns],
        hide_index=True,
        key=f"multigrams {head}",
        column_config=config,
        height=TABLE_PX,
        placeholder="",
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = event["selection"]["rows"]
    return chosen[0] if chosen and chosen[0] < len(rows) else 0


def _migration(run: str, heads) -> None:
    """One multigram: which heads carry it through training."""
    multigrams = fetch("multigram_names", run)
    if multigrams.empty:
        st.info("No effect of heads on multigrams is stored for this run.")
        return
    moved = multigrams.dropna(subset=["source"])
    names = {row["multigram"]: multigram_words.name(row) for _, row in multigrams.iterrows()}
    if moved.empty:
        st.info("No multigram of this run migrates; the one that some head affects most is shown first.")
    chosen = choose("Multigram", list(names), "multigram", widget=st.selectbox, names=names)
    chart.show("multigram_steps", run, "carriers", multigram=int(chosen))
    st.caption(
        "Migrating: between heads that do as much for multigrams as for other tokens or more, the effect in "
        "layer 0 falls from its peak to half or less while that in layer 1 rises, both by more than two "
        "standard errors. Bars: 95 %. Grey: heads with little effect."
    )
    if moved.empty:
        return
    both_ways = multigram_words.both_ways(fetch("migrations", run), len(multigrams))
    st.caption(f"{both_ways}The clearest {len(moved)} stand first in the list.")
    with st.expander("All that migrate"):
        table.show(moved, "moved", "multigram_names", MOVED)


def _tokens(run: str, heads) -> None:
    """A text coloured by the effect of a head, and the tokens that need it most in all texts."""
    texts = fetch("effect_texts", run)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        head = _pick(heads)
    with right:
        names = text_names(texts, "distribution")
        text = choose("Text", list(names), "text", widget=st.selectbox, names=names) if names else None

    def draw(step: int) -> None:
        rows, top = (
            fetch("text_effects", run, head=head, text=text, step=step),
            fetch("top_tokens", run, head=head, step=step),
        )
        if rows.empty:
            st.info("No effect of this head on single tokens is stored.")
        else:
            st.markdown(f"## Which tokens need {plain(head)}")
            at = _measured(rows, step)
            effect_tokens.show(rows)
            with st.expander("As a figure, for a paper"):
                chart.show("effect_text", run, "effect text", head=head, text=text, step=at)
        if len(top):
            _top(top)

    with_cursor(_steps(run, "tokens"), "step", draw)


def _top(top) -> None:
    """The most affected tokens of the evaluation set, each in its context."""
    st.markdown(f"## The tokens of all texts that need it most, step {top['step'].iloc[0]:,}")
    rows = top.assign(
        before=[token_marks.visible(text) if isinstance(text, str) else "" for text in top["before"]],
        token=[token_marks.visible(text) for text in top["token"]],
        tags=[effect_marks.tags(row) for row in top.to_dict("records")],
    )
    columns = ["rank", "before", "token", "effect_nats", "tags", "distribution"]
    table.show(rows, "top tokens", "top_tokens", columns)


def _layers(run: str, heads) -> None:
    """λ̂ of the layers with both targets."""
    rows = fetch("target_layers", run)
    if rows.empty:
        st.info("No λ̂ of heads is stored for this run.")
        return
    chart.show("head_targets", run, "targets")
    both = rows["target"].nunique() > 1
    st.caption(
        "Thin: each head; bold: mean of a layer with its 95 % band. Hollow: not reliable; of a mean: not "
        f"every head is. {TWIN if both else ''}"
    )
    st.markdown(multigram_words.layers(rows, fetch("bigram_minimum", run)))


PAGE = Page(
    title="Multigrams",
    heading="Multigrams and the circuit that carries them",
    icon=":material/hub:",
    order=5,
    lead="Which heads work together, and which sequences of tokens each of them has learned.",
    section=LANGUAGE,
    paper="2410.02984",
    words=("multigram", "path effect", "composition", "ablation", "head", "refined LLC", "nat"),
    compute=("language", "heads"),
    needs="multigram_runs",
    sections={
        "circuit": Section("The circuit", _circuit, ("circuit", "tag_effects")),
        "head": Section("A head’s multigrams", _head, also=("multigram_steps",)),
        "migration": Section("Migration", _migration, ("multigram_steps",)),
        "tokens": Section("Tokens in context", _tokens, ("effect_text",)),
        "layers": Section("λ̂ by layer", _layers, ("head_targets",)),
    },
)
