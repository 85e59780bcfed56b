"""A Chrome or Chromium that draws figures: started once, kept, and started anew where it fails.

Its page stays as it is from figure to figure, each of which replaces the one before: loading it anew would be
most of what a figure costs. Page and profile are in a folder that does not outlive a killed process.
"""

import asyncio
import atexit
import threading
from collections.abc import Coroutine
from contextlib import suppress

import kaleido

from devdash import scratch

START_S, DRAW_S, CLOSE_S = 30, 60, 10  # patience


class _Browser(kaleido.Kaleido):
    async def _return_kaleido_tab(self, tab) -> None:
        await self.tabs_ready.put(tab)


class Printer:
    """Draws figures one after the other, from any thread. path: of the browser."""

    def __init__(self, path: str):
        self.path = path
        self._browser: _Browser | None = None
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        atexit.register(self.close)

    def draw(self, figure, options: dict) -> bytes:
        """A figure in a format, as kaleido's options say.

        Raises RuntimeError where a browser started anew cannot draw it either, or where none starts.
        """
        with self._lock:
            try:
                return self._drawn(figure, options)
            except TimeoutError:
                raise RuntimeError(f"{self.path} starts, but does not answer as a browser") from None
            except Exception:  # it was killed, or ended by itself
                self._close()
            try:
                return self._drawn(figure, options)
            except Exception as error:
                self._close()
                raise RuntimeError(f"{self.path} does not draw: {_reason(error)}") from error

    def close(self) -> None:
        """End the browser."""
        with self._lock:
            self._close()

    def _drawn(self, figure, options: dict) -> bytes:
        if self._browser is None:
            self._wait(self._start(), START_S)
        return self._wait(self._browser.calc_fig(figure, opts=options), DRAW_S)

    async def _start(self) -> None:
        folder = scratch.folder("browser")
        page = folder / "index.html"
        page.write_text(kaleido.PageGenerator(mathjax=False).generate_index(), encoding="utf-8")
        self._browser = _Browser(path=self.path, page_generator=page, tmp_dir=str(folder))
        await self._browser.open()

    def _wait(self, work: Coroutine, patience_s: float):
        """The result of what the loop does. What takes too long is ended, and its browser with it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(patience_s)
        except TimeoutError:
            future.cancel()
            self._close()
            raise

    def _close(self) -> None:
        browser, self._browser = self._browser, None
        if browser is None:
            return
        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(browser.close(), self._loop).result(CLOSE_S)
        process = getattr(browser, "subprocess", None)
        if process is not None and process.poll() is None:
            process.kill()


def _reason(error: Exception) -> str:
    """The first thing that an error says, or else its name."""
    return str(error.args[0]) if error.args else type(error).__name__
