"""A hub of one repository on this machine: what the real one answers about revisions and files."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPOSITORY = "someone/model"
Answer = tuple[bytes, dict[str, str]]  # content, headers
Revisions = dict[str, dict[str, bytes]]  # name → file → content


def commit_of(revision: str) -> str:
    """The commit that a revision stands for."""
    return hashlib.sha1(revision.encode()).hexdigest()


def answers(revisions: Revisions) -> dict[str, Answer]:
    """Path → answer."""
    api = f"/api/models/{REPOSITORY}"
    refs = [{"name": n, "ref": f"refs/heads/{n}", "targetCommit": commit_of(n)} for n in revisions]
    by_path = {f"{api}/refs": ({"branches": refs, "converts": [], "tags": []}, {})}
    for name, files in revisions.items():
        commit = commit_of(name)
        siblings = [{"rfilename": file} for file in files]
        tree = [{"type": "file", "path": f, "size": len(c), "oid": f} for f, c in files.items()]
        by_path[f"{api}/revision/{commit}"] = ({"id": REPOSITORY, "sha": commit, "siblings": siblings}, {})
        by_path[f"{api}/tree/{commit}"] = (tree, {})
        for file, content in files.items():
            headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": commit}
            by_path[f"/{REPOSITORY}/resolve/{commit}/{file}"] = (content, headers)
    return {
        path: (content if isinstance(content, bytes) else json.dumps(content).encode(), headers)
        for path, (content, headers) in by_path.items()
    }


@contextmanager
def serving(revisions: Revisions) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths that are asked for."""
    by_path, asked = answers(revisions), []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.partition("?")[0]
            asked.append(path)
            content, headers = by_path.get(path, (b"{}", {"X-Error-Code": "RepoNotFound"}))
            self.send_response(200 if path in by_path else 404)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
