"""The folded state of a journal in a disposable SQLite file."""
