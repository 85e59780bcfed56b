"""The step cursor: a slider over the measured steps, with play, that linked figures share."""

from collections.abc import Callable

import streamlit as st

from devdash.ui import choices, glossary
from devdash.ui.pickers import controlled

FRAME_S = 0.35
SPEEDS = {"½×": (2 * FRAME_S, 1), "1×": (FRAME_S, 1), "2×": (FRAME_S, 2), "4×": (FRAME_S, 4)}  # s, steps
STAYS_IN_SIGHT = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-cursor) { position: sticky; top: 0; z-index: 90; }
.st-key-cursor { background: light-dark(#ffffff, #14171c); padding: 0.25rem 0 0.4rem; }
[data-testid="stMain"] .st-key-cursor { box-shadow: 0 1px 0 rgba(128, 136, 148, 0.35); }
</style>"""


def with_cursor(
    steps: list[int], key: str, draw: Callable[[int], None], unit: str = "Step", first: int | None = None
) -> None:
    """Show the slider, then call draw(step). While playing, the step goes on by itself.

    The step lives in the address under `key`, the last one by default, or first. Only this part of the page
    runs again.
    """
    _stop_elsewhere(steps, key)
    st.html(STAYS_IN_SIGHT)
    speed = _speed(key)

    @st.fragment(run_every=SPEEDS[speed][0] if st.session_state.get(f"{key} playing") else None)
    def part() -> None:
        _advance(steps, key, SPEEDS[speed][1])
        step = _controls(steps, key, unit, steps[-1] if first is None else first)
        if _speed(key) != speed and st.session_state.get(f"{key} playing"):
            st.rerun()
        draw(step)
        choices.write_part()

    part()


def _speed(key: str) -> str:
    return next(iter(choices.latest(f"{key} speed", "all")), "1×")


def _advance(steps: list[int], key: str, stride: int) -> None:
    """While playing, the next step once the browser has shown the present one; at the last one, stop.

    A browser slower than the frames still sends earlier positions of its slider with its requests: what
    lies behind the present step, or where playing began, is not a wish to go there.
    """
    _stop_elsewhere(steps, key)
    playing = st.session_state.get(f"{key} playing")
    if not playing:
        return
    present, began, _ = playing
    slider = st.session_state.get(key, steps[-1])
    begins = present is None
    if slider not in steps:
        slider = present if present in steps else steps[0]
    if not begins and slider != present and (slider == began or steps.index(slider) < steps.index(present)):
        choices.remember(key, present)
    elif begins or slider != steps[-1]:
        place = 0 if begins and slider == steps[-1] else min(steps.index(slider) + stride, len(steps) - 1)
        choices.remember(key, steps[place])
        st.session_state[f"{key} playing"] = (steps[place], began, tuple(steps))
    else:
        st.session_state[f"{key} playing"] = None
        st.rerun()


def _stop_elsewhere(steps: list[int], key: str) -> None:
    """End what plays through the steps of another page, run or model, which are not those of this one."""
    playing = st.session_state.get(f"{key} playing")
    if playing and playing[2] != tuple(steps):
        st.session_state[f"{key} playing"] = None


def nearest(steps: list[int], wanted: int) -> int:
    """The measured step next to the one that is wanted, the earlier of two that are equally near."""
    return min(steps, key=lambda step: (abs(step - wanted), step))


def _settle(title: str, steps: list[int], key: str, default: int) -> tuple[int, int]:
    """The step to show, and the one that is wanted: from an address, or chosen where others are measured."""
    said = choices.word(key)
    if said is not None and said.isdecimal() and len(said) < 15:
        choices.remember(key, int(said))
    wanted = next((step for step in choices.latest(key) if isinstance(step, int)), default)
    step = nearest(steps, wanted)
    if said is not None and said != str(wanted):
        choices.of_session().amiss.append((title, said[: choices.LONGEST], str(step)))
    return step, wanted


def step_picker(steps: list[int], key: str, unit: str = "Step", default: int | None = None) -> int:
    """The slider by itself, without play."""
    step, wanted = _settle(unit, steps, key, steps[-1] if default is None else default)
    if len(steps) > 1:
        controlled(st.select_slider, unit, steps, key=key, value=step, of="run")
    else:
        choices.show(key, step)
    _say_nearest(unit, step, wanted)
    return step


def _say_nearest(unit: str, step: int, wanted: int) -> None:
    if step != wanted:
        st.caption(f"{unit} {wanted:,} is not measured here: {step:,}, the nearest that is, is shown.")


def _controls(steps: list[int], key: str, unit: str, default: int) -> int:
    step, wanted = _settle(unit, steps, key, default)
    playing = st.session_state.get(f"{key} playing")
    with st.container(key="cursor", horizontal=True, vertical_alignment="bottom"):
        if st.button(
            "Pause" if playing else "Play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            key=f"{key} button",
        ):
            st.session_state[f"{key} playing"] = None if playing else (None, step, tuple(steps))
            st.rerun()
        speed = choices.settle("Speed", list(SPEEDS), f"{key} speed", "1×", "all")
        following = list(SPEEDS)[(list(SPEEDS).index(speed) + 1) % len(SPEEDS)]
        settings = {"on_click": choices.remember, "args": (f"{key} speed", following, "all")}
        st.button(speed, key=f"{key} speed", type="tertiary", help=glossary.about("Speed"), **settings)
        if len(steps) > 1:
            controlled(st.select_slider, unit, steps, key=key, value=step, of="run")
        else:
            choices.show(key, step)
    _say_nearest(unit, step, wanted)
    return step
