"""The changes that the UI makes: called from worker threads, over the functions that the CLI calls."""
