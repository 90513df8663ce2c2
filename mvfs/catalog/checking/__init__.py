"""Checks a store level by level: journals, manifests, objects, bytes. docs/FORMAT.md, "Checking"."""
