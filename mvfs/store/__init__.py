"""The store format: journal, manifests and blobs over eight storage verbs. See docs/FORMAT.md."""
