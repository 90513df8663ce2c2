"""Where objects live: a directory, memory, and later object stores, behind one small interface."""
