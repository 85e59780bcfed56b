"""Playing through the steps, with a browser that lags behind: its requests carry earlier addresses."""

import pytest
from streamlit.testing.v1 import AppTest

from devdash.ui.cursor import nearest

STEPS = [0, 20, 40, 60]


def script() -> None:
    import streamlit as st

    from devdash.ui.cursor import with_cursor

    with_cursor([0, 20, 40, 60], "step", lambda step: st.text(f"at {step}"))


def two_runs() -> None:
    import streamlit as st

    from devdash.ui.cursor import with_cursor

    steps = {"one": [0, 20, 40, 60], "other": [0, 15, 60], "third": [7]}[
        st.radio("run", ["one", "other", "third"])
    ]
    with_cursor(steps, "step", lambda step: st.text(f"at {step}"))


def started() -> AppTest:
    return AppTest.from_function(script).run().button[0].click().run()


def seen(test: AppTest) -> str:
    return test.text[0].value


def playing(test: AppTest) -> bool:
    return test.button[0].label == "Pause"


def test_play_goes_through_all_steps_and_stops():
    test = started()
    places = [seen(test)]
    while playing(test) and len(places) < 10:
        places.append(seen(test.run()))
    assert list(dict.fromkeys(places)) == [f"at {step}" for step in STEPS]
    assert not playing(test)


def test_an_address_of_an_earlier_step_does_not_turn_playing_back():
    test = started()
    while seen(test) != "at 60":
        test.run()
    for _ in range(3):
        test.query_params["step"] = "40"
        test.run()
        assert seen(test) == "at 60"
    assert not playing(test)


def test_a_faster_speed_leaves_steps_out_but_not_the_last():
    test = AppTest.from_function(script).run()
    test.button(key="step speed").click().run()
    assert test.button(key="step speed").label == "2×"
    test.button[0].click().run()
    places = [seen(test)]
    while playing(test) and len(places) < 10:
        places.append(seen(test.run()))
    assert list(dict.fromkeys(places)) == ["at 0", "at 40", "at 60"]


@pytest.mark.parametrize(("wanted", "step"), [(0, 0), (9, 0), (10, 0), (11, 20), (41, 40), (10**6, 60)])
def test_the_nearest_step_is_the_one_at_the_least_distance(wanted, step):
    assert nearest(STEPS, wanted) == step


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_playing_ends_where_another_run_with_other_steps_is_chosen(frames):
    test = AppTest.from_function(two_runs).run().button[0].click().run()
    for _ in range(frames):
        test.run()
    for name in ("other", "third", "one"):
        test.radio[0].set_value(name).run()
        assert not test.exception and not playing(test)
    test.button[0].click().run()
    assert playing(test) and not test.exception
