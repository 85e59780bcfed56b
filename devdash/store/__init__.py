"""Runs as folders of Parquet files, published to one DuckDB snapshot that the app reads."""
