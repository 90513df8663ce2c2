"""Where other libraries meet mvfs: fsspec's protocol, and what trains with frameworks."""
