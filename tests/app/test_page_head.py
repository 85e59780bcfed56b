"""What the page has before Streamlit starts in it: put into pages, and into nothing else."""

import asyncio

from devdash.app.head import SCRIPTS, PageHead

PAGE = b"<!DOCTYPE html><html><head><title>t</title></head><body></body></html>"


def answer(accept: bytes, kind: bytes, body: bytes) -> tuple[dict, bytes, dict]:
    """Headers and body of what an app that sends this body in two parts answers; and what it was asked."""
    asked, sent = {}, []

    async def app(scope, receive, send):
        asked.update(scope)
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"etag", b"e")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:20], "more_body": True})
        await send({"type": "http.response.body", "body": body[20:]})

    async def send(message):
        sent.append(message)

    headers = [(b"accept", accept), (b"accept-encoding", b"gzip"), (b"if-none-match", b"e")]
    asyncio.run(PageHead(app)({"type": "http", "headers": headers}, None, send))
    return dict(sent[0]["headers"]), b"".join(part.get("body", b"") for part in sent[1:]), asked


def test_a_page_has_our_scripts_first_and_plotly_on_its_way():
    headers, body, asked = answer(b"text/html,*/*", b"text/html; charset=utf-8", PAGE)
    assert body.startswith(b"<!DOCTYPE html><html><head><link") and body.endswith(b"</body></html>")
    assert b"modulepreload" in body and b"PlotlyChart" in body
    for script in SCRIPTS:
        assert script.read_bytes() in body
    assert headers[b"content-length"] == str(len(body)).encode() and b"etag" not in headers
    assert dict(asked["headers"]).keys() == {b"accept"}, "neither packed nor answered from a cache"


def test_other_answers_are_as_they_were():
    script = b"const head = '<head>' // and more"
    headers, body, asked = answer(b"*/*", b"text/javascript", script)
    assert body == script and headers[b"etag"] == b"e" and b"accept-encoding" in dict(asked["headers"])
    headers, body, _ = answer(b"text/html", b"application/json", script)
    assert body == script and headers[b"content-length"] == str(len(script)).encode()
