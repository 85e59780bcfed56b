"""The step cursor: a slider over the saved steps, with play, that linked figures share."""

from collections.abc import Callable

import streamlit as st

from devdash.ui.pickers import choose, ignore_address

FRAME_S = 0.35


def with_cursor(steps: list[int], key: str, draw: Callable[[int], None], unit: str = "Step") -> None:
    """Show the slider, then call draw(step). While playing, the step goes on by itself.

    The step lives in the address under `key`. Only this part of the page runs again.
    """
    _stop_elsewhere(steps, key)
    playing = st.session_state.get(f"{key} playing")

    @st.fragment(run_every=FRAME_S if playing else None)
    def part() -> None:
        _advance(steps, key)
        draw(_controls(steps, key, unit))

    part()


def _advance(steps: list[int], key: str) -> None:
    """While playing, the next step once the browser has shown the present one; at the last one, stop.

    A browser slower than the frames still sends earlier positions of its slider with its requests: what
    lies behind the present step, or where playing began, is not a wish to go there. Likewise its address:
    none is followed, and playing stops once the browser's address is that of the last step too.
    """
    _settle(steps, key)
    _stop_elsewhere(steps, key)
    playing = st.session_state.get(f"{key} playing")
    if not playing:
        return
    ignore_address(key)
    present, began, _ = playing
    slider = st.session_state.get(key, steps[-1])
    begins = present is None
    if not begins and slider != present and (slider == began or steps.index(slider) < steps.index(present)):
        st.session_state[key] = present
    elif begins or slider != steps[-1]:
        following = steps[(steps.index(slider) + 1) % len(steps)]
        st.session_state[key] = following
        st.session_state[f"{key} playing"] = (following, began, tuple(steps))
    elif key not in st.query_params:  # the last step is the default, which no address names
        st.session_state[f"{key} playing"] = None
        st.rerun()


def _stop_elsewhere(steps: list[int], key: str) -> None:
    """End what plays through the steps of another page, run or model, which are not those of this one."""
    playing = st.session_state.get(f"{key} playing")
    if playing and playing[2] != tuple(steps):
        st.session_state[f"{key} playing"] = None


def _settle(steps: list[int], key: str) -> None:
    """A cursor from where there are other checkpoints goes to the last one at or before it."""
    step = st.session_state.get(key)
    if isinstance(step, int) and step not in steps:
        st.session_state[key] = max([measured for measured in steps if measured <= step], default=steps[0])
    elif step not in steps:
        st.session_state.pop(key, None)


def _controls(steps: list[int], key: str, unit: str) -> int:
    button, slider = st.columns([1, 8], vertical_alignment="bottom")
    playing = st.session_state.get(f"{key} playing")
    with button:
        if st.button(
            "Pause" if playing else "Play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            key=f"{key} button",
        ):
            stands = st.session_state.get(key, steps[-1])
            st.session_state[f"{key} playing"] = None if playing else (None, stands, tuple(steps))
            st.rerun()
    with slider:
        return choose(unit, steps, key, widget=st.select_slider, first=steps[-1])
