"""Stores and projects as people see them: look up, log, point, annotate. What every face builds on."""
