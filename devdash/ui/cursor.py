"""The step cursor: a slider over the saved steps, with play, that linked figures share."""

from collections.abc import Callable

import streamlit as st

from devdash.ui.pickers import choose

FRAME_S = 0.35


def with_cursor(steps: list[int], key: str, draw: Callable[[int], None], unit: str = "Step") -> None:
    """Show the slider, then call draw(step). While playing, the step goes on by itself.

    The step lives in the address under `key`. Only this part of the page runs again.
    """
    playing = st.session_state.get(f"{key} playing", False)

    @st.fragment(run_every=FRAME_S if playing else None)
    def part() -> None:
        _advance(steps, key)
        draw(_controls(steps, key, unit))

    part()


def _advance(steps: list[int], key: str) -> None:
    """Next step while playing; at the last one, stop."""
    if st.session_state.get(key) not in steps:
        st.session_state.pop(key, None)
    if not st.session_state.get(f"{key} playing"):
        return
    place = steps.index(st.session_state.get(key, steps[-1]))
    if place + 1 < len(steps):
        st.session_state[key] = steps[place + 1]
    else:
        st.session_state[f"{key} playing"] = False
        st.rerun()


def _controls(steps: list[int], key: str, unit: str) -> int:
    button, slider = st.columns([1, 8], vertical_alignment="bottom")
    playing = st.session_state.get(f"{key} playing", False)
    with button:
        if st.button(
            "Pause" if playing else "Play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            key=f"{key} button",
        ):
            if not playing and st.session_state.get(key, steps[-1]) == steps[-1]:
                st.session_state[key] = steps[0]
            st.session_state[f"{key} playing"] = not playing
            st.rerun()
    with slider:
        return choose(unit, steps, key, widget=st.select_slider, first=steps[-1])
