"""Opening a page of app.py under Streamlit's AppTest."""

from streamlit.testing.v1 import AppTest

from tests.conftest import EXPERIMENTS, ROOT

VIEWS = (
    "home",
    "stages",
    "trajectory",
    "reading",
    "heads",
    "multigrams",
    "embryology",
    "regression",
    "kgons",
    "degeneracy",
    "programs",
    "generalisation",
    "logic",
    "curves",
    "sampler",
    "claims",
)
ONE_RUN = (
    [("kgons", "superposition")]
    + [(view, view) for view in ("degeneracy", "regression", "programs", "generalisation", "logic")]
    + [(view, "language") for view in ("stages", "trajectory", "reading")]
    + [(view, "heads") for view in ("heads", "multigrams", "embryology")]
    + [(view, experiment) for view in ("sampler", "claims") for experiment in EXPERIMENTS]
)  # pages that show one run, with whose


def open_page(view: str, /, **address: str) -> AppTest:
    """Run app.py on one page with values in its address; fails on any exception."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    test._page_hash = test.session_state["pages"][view]._script_hash
    for name, value in address.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, [e.value for e in test.exception]
    return test


def texts(test: AppTest) -> str:
    """All words on the page, in one string."""
    parts = [*test.title, *test.markdown, *test.info, *test.warning, *test.error, *test.text, *test.caption]
    return "\n".join(str(part.value) for part in parts)


def charts(test: AppTest) -> int:
    """How many Plotly charts are on the page."""
    return len(test.get("plotly_chart"))
