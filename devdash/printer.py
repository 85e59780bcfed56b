"""The browser that draws figures as files: started once, kept, replaced when it ends, and silent.

Kaleido drives it. It runs in a loop of its own, so that whoever waits can give up when it is gone.
"""

import asyncio
import base64
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Coroutine
from pathlib import Path

import plotly.graph_objects as go

from devdash import scratch
from devdash.store.errors import StoreError

START_S, PICTURE_S, ANSWER_S = 60, 120, 10
SHOW = """new Promise((done, fail) => {{
    document.getElementById("head-style").innerHTML =
        "@page {{ size: {width}px {height}px; }} body {{ margin: 0; padding: 0; }}";
    const image = document.getElementById("kaleido-image");
    image.onload = () => done(true);
    image.onerror = () => fail(new Error("this SVG cannot be read"));
    image.src = {address};
}})"""
LONGEST_PLACE = 50  # characters of a folder with sockets
SILENT = (  # it asks nobody anything: figures and their page are local
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,DialMediaRouteProvider",
    "--no-pings",
)


class BrowserGone(Exception):
    """The browser ended, or does not answer."""


def check_named(path: str) -> None:
    """Raise StoreError where a browser that was named is none: it must tell its version, as all do."""
    command = [path, "--version"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER_S, stdin=subprocess.DEVNULL
        )
        is_browser = "chrom" in answer.stdout.lower() or "edge" in answer.stdout.lower()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        is_browser = False
    if not is_browser:
        raise StoreError(
            f"BROWSER_PATH names {path}, which is no Chrome or Chromium (it does not tell its version): name "
            "one, or unset it to have one looked for"
        )


class Printer:
    """One browser with one page, which stays as it is from figure to figure, each replacing the one before:
    loading it anew would be most of what a figure costs."""

    def __init__(self, path: str):
        import kaleido

        self._folder = scratch.folder("browser")
        page = self._folder / "index.html"
        page.write_text(kaleido.PageGenerator(mathjax=False).generate_index(), encoding="utf-8")
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="printer").start()
        self._browser = _browser(path, page, self._folder)
        try:
            self._wait(self._browser.open(), START_S)
        except BaseException:
            self.kill()
            raise

    def is_alive(self) -> bool:
        """Whether the browser's process is there."""
        process = getattr(self._browser, "subprocess", None)
        return process is not None and process.poll() is None

    def picture(self, figure: go.Figure, options: dict) -> bytes:
        """A figure as a file's content. BrowserGone: the browser ended meanwhile."""
        return self._wait(self._browser.calc_fig(figure, opts=options), PICTURE_S)

    def pdf(self, svg: bytes, width: float, height: float) -> bytes:
        """An SVG as a page of this size (px) with its fonts. BrowserGone: the browser ended meanwhile."""
        address = json.dumps("data:image/svg+xml;base64," + base64.b64encode(svg).decode())
        self.evaluate(SHOW.format(width=f"{width:.3f}", height=f"{height:.3f}", address=address))
        page = {"printBackground": True, "preferCSSPageSize": True, "pageRanges": "1"}
        return base64.b64decode(self._wait(self._send("Page.printToPDF", page), PICTURE_S)["data"])

    def evaluate(self, script: str):
        """The value of a JavaScript expression in the browser's page, awaited where it is a promise."""
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True}
        answer = self._wait(self._send("Runtime.evaluate", asked), PICTURE_S)
        if "exceptionDetails" in answer:
            raise ValueError(f"printer: {answer['exceptionDetails'].get('exception', answer)}"[:500])
        return answer["result"].get("value")

    async def _send(self, command: str, values: dict) -> dict:
        """What the browser's one page answers to a command of its protocol."""
        page = await self._browser.tabs_ready.get()
        try:
            return (await page.tab.send_command(command, params=values))["result"]
        finally:
            await self._browser.tabs_ready.put(page)

    def kill(self) -> None:
        """End the browser with all its processes, and take its files away."""
        process = getattr(self._browser, "subprocess", None)
        if process is not None:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
            except (OSError, AttributeError):
                process.kill()
            process.wait()
        self._loop.call_soon_threadsafe(self._loop.stop)
        scratch.clear(self._folder)

    def _wait(self, work: Coroutine, patience_s: float):
        """The result, unless the browser's process ends before."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        deadline = time.monotonic() + patience_s
        while not future.done():
            began = hasattr(self._browser, "subprocess")
            if (began and not self.is_alive()) or time.monotonic() > deadline:
                future.cancel()
                raise BrowserGone
            time.sleep(0.01)
        try:
            return future.result()
        except (RuntimeError, OSError, asyncio.CancelledError) as error:
            if self.is_alive() and isinstance(error, RuntimeError) and "lose" not in str(error):
                raise
            raise BrowserGone from error


def _browser(path: str, page: Path, folder: Path):
    import kaleido
    from choreographer.browsers.chromium import Chromium

    class Silent(Chromium):
        def get_env(self) -> dict[str, str]:
            """Its sockets lie in the temporary folder, and a socket's path has 107 characters at most."""
            environment = dict(super().get_env())
            if len(tempfile.gettempdir()) > LONGEST_PLACE:
                environment["TMPDIR"] = "/tmp"
            return environment

        def get_cli(self) -> list[str]:
            return [*super().get_cli(), *SILENT]

    class Kept(kaleido.Kaleido):
        async def _return_kaleido_tab(self, tab) -> None:
            await self.tabs_ready.put(tab)

    return Kept(n=1, page_generator=page, path=path, browser_cls=Silent, tmp_dir=str(folder))
