"""Questions about runs and versions: words → tree → SQL, or an answer in memory. docs/QUERIES.md."""
