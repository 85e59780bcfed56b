"""What the page has before Streamlit starts in it: our scripts, and Plotly's already on its way."""

from pathlib import Path

import streamlit
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = sorted((Path(__file__).parent / "browser").glob("*.js"))
SHIPPED = Path(streamlit.__file__).parent / "static"
UNPACKED = (b"accept-encoding", b"if-none-match", b"if-modified-since")  # would keep the page from us
OF_ANOTHER_PAGE = (b"content-length", b"etag", b"last-modified")


def head() -> bytes:
    """Elements for the head of the page. Plotly's script comes while the app starts, not after it."""
    early = [f"./static/js/{path.name}" for path in (SHIPPED / "static" / "js").glob("PlotlyChart.*.js")]
    links = [f'<link rel="modulepreload" crossorigin href="{address}">' for address in early]
    scripts = [f"<script>{path.read_text(encoding='utf-8')}</script>" for path in SCRIPTS]
    return "".join([*links, *scripts]).encode()


class PageHead:
    """Adds these elements to the page, which is the only answer that a browser asks for as HTML."""

    def __init__(self, app: ASGIApp):
        self.app, self.head = app, head()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or b"text/html" not in dict(scope["headers"]).get(b"accept", b""):
            await self.app(scope, receive, send)
            return
        headers = [header for header in scope["headers"] if header[0] not in UNPACKED]
        await self.app({**scope, "headers": headers}, receive, _Inserter(send, self.head))


class _Inserter:
    """Sends an answer on, with the elements in it where it is a page."""

    def __init__(self, send: Send, elements: bytes):
        self.send, self.elements = send, elements
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self.start = message
        elif self.start is None or message["type"] != "http.response.body":
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        body = self.body.replace(b"<head>", b"<head>" + self.elements, 1)
        headers = [header for header in start["headers"] if header[0].lower() not in OF_ANOTHER_PAGE]
        length = (b"content-length", str(len(body)).encode())
        await self.send({**start, "headers": [*headers, length]})
        await self.send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    kind = dict(start.get("headers", ())).get(b"content-type", b"")
    return start["status"] == 200 and kind.startswith(b"text/html")


MIDDLEWARE = Middleware(PageHead)
