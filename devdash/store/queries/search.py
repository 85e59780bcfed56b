"""One search over runs, metrics, heads, tokens, multigrams and claims."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot

MOST = 4  # of each kind


@rows_of(kind="kind", words="words", run="run", thing="what it is called in an address")
def search_hits(db: Snapshot, text: str) -> pd.DataFrame:
    """What has this text in its name, without regard to case: of each kind the shortest names first.

    A token or multigram is given once for each run; thing: a metric's name, a head, the number of a text
    in which the token stands, of a multigram, the name of a claim.
    """
    like = text.strip()
    return db.rows(
        f"""
        WITH hits AS (
            SELECT 'run' AS kind, title || ', ' || preset || ', seed ' || seed AS words, run, '' AS thing
            FROM run WHERE contains(lower(title || ' ' || run), lower(?))
            UNION ALL
            SELECT 'metric', name || ', ' || title, any_value(run), name
            FROM metric_series JOIN run USING (run) WHERE contains(lower(name), lower(?)) GROUP BY name, title
            UNION ALL
            SELECT 'head', head || ', ' || kind || ' (' || title || ')', run, head
            FROM head JOIN run USING (run) WHERE contains(lower(head || ' ' || kind), lower(?))
            UNION ALL
            SELECT 'token', '“' || k.text || '” in ' || title, k.run, any_value(x.text)::VARCHAR
            FROM token k JOIN run r ON r.run = k.run
            JOIN text_token x ON x.run = k.run AND x.token_id = k.token_id
            WHERE trim(lower(k.text)) = lower(?) GROUP BY k.text, k.run, title
            UNION ALL
            SELECT 'multigram', '“' || text || '”, ' || kind, run, multigram::VARCHAR
            FROM multigram WHERE contains(lower(text), lower(?))
            UNION ALL
            SELECT 'claim', claim || ': ' || statement, run, claim
            FROM claim WHERE contains(lower(claim || ' ' || statement), lower(?))
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY kind ORDER BY length(words), words, run) AS rank
            FROM hits
        )
        SELECT kind, words, run, thing FROM ranked WHERE rank <= {MOST}
        ORDER BY list_position(['run', 'metric', 'head', 'token', 'multigram', 'claim'], kind), rank
        """,
        [like] * 6,
    )
