"""What differs between versions, files and runs: pure functions that yield frozen values for every face."""
