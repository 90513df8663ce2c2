"""The terminal UI of mvfs: a Textual application over the catalog. ``mvfs`` itself never imports it."""
