"""What a reader sees for the columns of a query: labels of the tables that its rows are of, or its own."""

from collections.abc import Callable
from typing import TypeVar

from devdash.store.schema import TABLES, label, table_named

Query = TypeVar("Query", bound=Callable)


def rows_of(*tables: str, **labels: str) -> Callable[[Query], Query]:
    """Declare a query: the tables that its columns have their labels from, and labels of other columns.

    labels: column → label, of columns that the query derives, or that its tables label differently.
    Raises StoreError where there is no such table.

    >>> @rows_of("llc", reliable="reliable estimates")
    ... def reliable_estimates(db, run): ...
    >>> column_label(reliable_estimates, "llc"), column_label(reliable_estimates, "reliable")
    ('λ̂', 'reliable estimates')
    """
    for name in tables:
        table_named(name)

    def declare(query: Query) -> Query:
        query.tables, query.labels = tables, labels
        return query

    return declare


def column_label(query: Callable, column: str) -> str:
    """The label of a column of a query's rows; of one that no table has, the words of its name.

    Raises ValueError where the query's tables label the column differently and it does not choose.
    """
    if column in query.labels:
        return query.labels[column]
    labels = {label(table, column) for table in query.tables if column in TABLES[table].names()}
    if len(labels) > 1:
        raise ValueError(
            f"query {query.__name__}: column {column!r} has the labels {sorted(labels)} in the tables "
            f"{', '.join(query.tables)}; name the one that is meant in @rows_of({column}=…)"
        )
    return labels.pop() if labels else column.replace("_", " ")
