"""A server that is far away, what is kept on it, and all that can fetch it."""
