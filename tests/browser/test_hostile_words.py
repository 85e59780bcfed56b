"""A run whose words are Markdown and HTML: nothing is loaded from elsewhere, all is shown by the letter.

A server on this machine, at another port, counts what is asked of it.
"""

import http.server
import json
import os
import threading

import pandas as pd
import pytest

from devdash.store.runs import write_json
from tests.browser.conftest import note_console, served
from tests.browser.test_browser import settle
from tests.store import tiny_run

pytestmark = [pytest.mark.xdist_group("share"), pytest.mark.slow]


@pytest.fixture
def elsewhere():
    """Its address, and the paths that were asked for."""
    asked = []

    class Count(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Count)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def claims(name: str, words: str) -> pd.DataFrame:
    rows = pd.DataFrame({"claim": [name], "low": 0.0, "high": 1.0, "verdict": "holds", "figure": ""})
    return rows.assign(
        rewritten=None, **dict.fromkeys(("paper", "statement", "published", "measured", "how"), words)
    )


def write(data, address: str) -> str:
    """A run with such words wherever a run may have words; returns them."""
    words = f'![x]({address}/md) <img src="{address}/img"> <a href="{address}/a">link</a> <b>bold</b>'
    claim = claims(words, words).assign(rewritten=words)
    metric = tiny_run.METRIC.assign(name=words, component=words, distribution=words)
    llc = tiny_run.LLC.assign(message=words, model=words, component=words, verdict="not converged")
    failure = pd.DataFrame({"task": [words], "message": words})
    folder = tiny_run.write(data, "hostile", claim=claim, metric=metric, llc=llc, failure=failure)
    facts = json.loads((folder / "run.json").read_text())
    write_json(folder / "run.json", facts | {"title": words, "preset": words, "status": "failed"})
    (folder / "llc_draw.parquet").write_text(words)
    return words


def test_words_of_a_run_load_nothing_and_stand_as_they_are(chromium, tmp_path, elsewhere):
    address, asked = elsewhere
    write(tmp_path, address)
    context = chromium.new_context()
    page = context.new_page()
    page.faults = []
    page.on("console", lambda message: note_console(page, message))
    page.set_default_timeout(120_000)
    with served(os.environ | {"DEVDASH_DATA": str(tmp_path)}) as app:
        texts = []
        for view in ("", "claims", "sampler", "compare", "stages"):
            page.goto(f"{app}/{view}")
            page.locator('[data-testid="stHeading"]').first.wait_for()
            settle(page)
            assert page.get_by_test_id("stException").count() == 0
            assert page.locator(f'a[href^="{address}"], img[src^="{address}"]').count() == 0, view
            texts.append(page.locator("body").inner_text())
        assert "![x](" in "".join(texts)
        refused = page.evaluate(
            "src => new Promise(r => {const i = new Image(); i.onerror = () => r(true);"
            " i.onload = () => r(false); i.src = src})",
            f"{address}/forced",
        )
        assert refused, "the browser itself loads nothing from elsewhere"
    context.close()
    assert asked == []
    assert not [fault for fault in page.faults if "/forced" not in fault]


def test_an_untouched_page_follows_the_data(chromium, tmp_path):
    """A run that is put beside appears though nobody touches the page."""
    tiny_run.write(tmp_path, "first")
    folder = tiny_run.write(tmp_path, "live")
    facts = json.loads((folder / "run.json").read_text())
    write_json(folder / "run.json", facts | {"status": "running"})
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    with served(os.environ | {"DEVDASH_DATA": str(tmp_path)}) as app:
        (folder / ".heartbeat").touch()
        page.goto(f"{app}/claims?run=first")
        page.get_by_text("There is no claim of this choice yet").wait_for()
        (folder / ".heartbeat").touch()
        claim = claims("C-1", "said")
        tiny_run.add(tmp_path / "runs" / "first", claim=claim)
        page.get_by_text("C-1").first.wait_for()
    page.close()
