"""The rows of diffs: values and inert text, made of what `mvfs.diff` finds."""
