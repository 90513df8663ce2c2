"""Bytes of a far store kept on a local disk: bounded, shared by processes, and never trusted."""
