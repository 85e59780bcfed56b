"""What is chosen is remembered by run and page, and the address says all of it."""

from streamlit.testing.v1 import AppTest


def pages() -> None:
    """Two pages of two runs, with a choice that depends on the run and one that belongs to the page."""
    import streamlit as st

    from devdash.ui import choices
    from devdash.ui.cursor import with_cursor
    from devdash.ui.pickers import choose, choose_many, switch

    page = st.radio("page", ["first", "second", "bare"])
    choices.begin(page)
    if page != "bare":
        run = choose("Run", ["one", "two"], "run", st.selectbox, of="all")
        choices.of_session().run = run
        choose("Head", ["0.0", "0.1"] if run == "one" else ["0.1", "0.0"], "head", st.selectbox)
        switch("Log", "log", page == "first")
        choose_many("Metrics", ["a", "b", "c"], "metrics", ["a"])
        steps = [0, 100, 1000] if page == "first" else [0, 880, 2000]
        with_cursor(steps, "step", lambda step: st.text(f"at {step}"))
    st.session_state["amiss"] = list(choices.of_session().amiss)
    choices.write()


def opened(**address: str) -> AppTest:
    test = AppTest.from_function(pages)
    for key, value in address.items():
        test.query_params[key] = value
    return test.run()


def go(test: AppTest, page: str) -> None:
    """To another page, whose address says nothing yet."""
    test.query_params.clear()
    test.radio[0].set_value(page).run()


def address(test: AppTest) -> dict[str, list[str]]:
    return {k: [said] if isinstance(said, str) else list(said) for k, said in test.query_params.items()}


def test_the_address_says_all_defaults_included():
    assert address(opened()) == {
        "run": ["one"],
        "head": ["0.0"],
        "log": ["true"],
        "metrics": ["a"],
        "step": ["1000"],
    }


def test_a_choice_survives_other_pages_and_a_step_comes_back_from_the_nearest_one():
    test = opened(head="0.1", step="1000")
    go(test, "second")
    assert test.text[0].value == "at 880"
    assert any("Step 1,000 is not measured here: 880" in caption.value for caption in test.caption)
    go(test, "bare")
    go(test, "first")
    assert test.text[0].value == "at 1000" and address(test)["head"] == ["0.1"]


def test_another_run_begins_with_its_defaults_and_the_first_keeps_its_choices():
    test = opened(head="0.1", step="100")
    test.selectbox(key="run").set_value("two").run()
    test.selectbox(key="head").set_value("0.0").run()
    assert address(test)["step"] == ["1000"]
    test.selectbox(key="run").set_value("one").run()
    assert address(test)["head"] == ["0.1"] and address(test)["step"] == ["100"]


def test_a_switch_belongs_to_its_page():
    test = opened()
    test.toggle(key="log").set_value(False).run()
    go(test, "second")
    test.toggle(key="log").set_value(True).run()
    go(test, "first")
    assert address(test)["log"] == ["false"]


def test_an_address_is_read_on_arrival_alone():
    test = opened(head="0.1")
    test.query_params["head"] = "0.0"
    assert address(test.run())["head"] == ["0.1"]


def test_what_the_address_says_that_is_not_there_is_told_until_something_is_chosen():
    test = opened(run="three", head="9.9", step="x")
    assert test.session_state["amiss"] == [
        ("Run", "three", "one"),
        ("Head", "9.9", "0.0"),
        ("Step", "x", "1000"),
    ]
    assert test.run().session_state["amiss"]
    test.selectbox(key="head").set_value("0.1").run()
    assert test.session_state["amiss"] == []


def test_many_values_of_a_key_are_kept():
    test = opened(metrics=["c", "b", "z"])
    assert address(test)["metrics"] == ["c", "b"]
