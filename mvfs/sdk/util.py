"""What scripts take from ``wandb.util``."""

from __future__ import annotations

from mvfs.catalog.runs import new_run_id as generate_id

__all__ = ["generate_id"]
