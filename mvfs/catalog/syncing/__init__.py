"""Brings what one store has into another: versions, what is said of them, runs and lineage."""
