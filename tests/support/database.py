"""A look into the server's SQLite file from outside."""

import sqlite3


def rows(path, sql, *parameters):
    """The rows as dicts. Read-only: nothing that a test does here can help the server."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, parameters)]
    finally:
        connection.close()
