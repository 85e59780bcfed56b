"""The page of a shared file: Plotly's script, the contents as JSON, and a policy that lets it load nothing.

Words of the data stand in the JSON alone, in which no `<` occurs, and the page's script sets them as text.
"""

import base64
import hashlib
import json
from pathlib import Path

import plotly

SCRIPT, STYLE = (
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.js", "page.css")
)
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>devdash</title>
<style>{style}</style>
</head>
<body>
<header><h1 id="title"></h1>
<p class="words">Shared from devdash: figures with their data. This file needs no server and no network.</p>
</header>
<div id="cursor" role="group" aria-label="Training step"><button type="button">Play</button>
<input type="range" min="0" step="1" aria-label="Training step"><output></output></div>
<main>
<h2>Figures</h2>
<div class="figures" id="figures"></div>
<section><h2>Claims of the papers, and what was measured</h2><table id="claims"><tr><th>Claim</th>
<th>Statement</th><th>Published</th><th>Measured</th><th>Verdict</th></tr></table></section>
<h2>Where the numbers come from</h2>
<div id="facts"></div>
</main>
<footer><noscript>This file draws its figures with JavaScript, which is switched off here.</noscript></footer>
<script type="application/json" id="shared">{contents}</script>
<script>{plotly}</script>
<script>{script}</script>
</body>
</html>
"""


def html(contents: dict) -> bytes:
    """The whole file."""
    drawing = _inside(PLOTLY.read_text(encoding="utf-8"))
    script = _inside(SCRIPT)
    letters = json.dumps(contents, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return PAGE.format(
        policy=policy(drawing, script, evaluates=_in_space(contents)),
        style=STYLE,
        contents=letters.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
        plotly=drawing,
        script=script,
    ).encode()


def policy(*scripts: str, evaluates: bool) -> str:
    """What a browser lets the file do: run these scripts and nothing else, load nothing, send nothing.

    evaluates: figures in space compile their code.
    """
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join([f"'sha256-{digest}'" for digest in hashes] + ["'unsafe-eval'"] * evaluates)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {allowed}",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "font-src data:",
            "form-action 'none'",
            "base-uri 'none'",
        )
    )


def _in_space(contents: dict) -> bool:
    return any(part.get("type") == "scatter3d" for part in contents["pool"])


def _inside(script: str) -> str:
    """A script that may stand between tags: it ends none, and its line ends are those that are hashed."""
    return script.replace("\r\n", "\n").replace("\r", "\n").replace("</script", "<\\/script")


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else str(value)
