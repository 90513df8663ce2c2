"""The content of a file as rows: a module for each kind. Nothing here reads a store."""
