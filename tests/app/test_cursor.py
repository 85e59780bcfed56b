"""Playing through the steps, with a browser that lags behind: its requests carry earlier addresses."""

import pytest
from streamlit.testing.v1 import AppTest

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
    assert not playing(test) and "step" not in test.query_params


def test_an_address_of_an_earlier_step_neither_turns_playing_back_nor_ends_it():
    test = started()
    while seen(test) != "at 60":
        test.run()
    for _ in range(3):
        test.query_params["step"] = "40"
        test.run()
        assert seen(test) == "at 60" and playing(test)
    test.run()
    assert seen(test) == "at 60" and not playing(test)


def test_an_address_is_followed_again_once_playing_has_ended():
    test = started()
    while playing(test):
        test.run()
    test.query_params["step"] = "20"
    assert seen(test.run()) == "at 20"


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
