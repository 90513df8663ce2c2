"""Manifests: the immutable object that lists a version's files. docs/FORMAT.md, "Manifest"."""
