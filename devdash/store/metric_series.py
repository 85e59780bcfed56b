"""Which series of metrics a run has, kept beside their rows: a list of them need not read 10⁸ of those."""

from duckdb import DuckDBPyConnection

NAME = "metric_series"
COLUMNS = "run VARCHAR, name VARCHAR, model VARCHAR, component VARCHAR, distribution VARCHAR, points BIGINT"


def renew(connection: DuckDBPyConnection, run: str) -> None:
    """Bring a run's series up to its rows in the attached database `out`; those without a value are none."""
    connection.execute(f"DELETE FROM out.{NAME} WHERE run = ?", [run])
    connection.execute(
        f"INSERT INTO out.{NAME} SELECT run, name, model, component, distribution, count(value) AS points "
        "FROM out.metric WHERE run = ? GROUP BY ALL HAVING points > 0",
        [run],
    )
