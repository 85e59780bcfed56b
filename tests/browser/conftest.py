"""The app on a port of its own, and a headless Chromium that may reach nothing but this machine."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

from devdash.export import browser as find_browser
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def address(smoke_data, tmp_path_factory):
    """http://localhost:port of an app on the smoke runs."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(smoke_data / "runs", folder / "runs")
    with served({**os.environ, "DEVDASH_DATA": str(folder)}) as app:
        yield app


@contextmanager
def served(environment: dict[str, str]):
    """http://localhost:port of an app that is there until the end of the block."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen([*command, "--server.headless", "true"], cwd=ROOT, env=environment)
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health")
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://localhost:{port}"
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = find_browser()
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture(scope="session")
def context(chromium):
    """What keeps the app's scripts between pages, which a visitor loads once."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def page(context, address):
    with noted_page(context, address) as page:
        yield page


@contextmanager
def noted_page(context, address: str):
    """A page that notes console errors and requests to other machines in page.faults."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.faults = []
    page.on("console", lambda message: note_console(page, message))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda request: note_request(page, request, address))
    yield page
    page.evaluate("localStorage.clear()")  # where a chosen theme is kept
    page.close()


def note_console(page, message) -> None:
    """Streamlit looks for its server beneath a deep address first; that 404 is no fault of ours."""
    probe = "/_stcore/" in (message.location or {}).get("url", "")
    if message.type == "error" and not probe:
        page.faults.append(message.text)


def note_request(page, request, address: str) -> None:
    if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
        page.faults.append(f"request leaves the machine: {request.url}")
