"""Everything about one version as rows: a module for each section."""

from tui.viewmodel.details.details import Details
from tui.viewmodel.details.lines import (
    Elsewhere,
    FileOf,
    Fold,
    Folder,
    Line,
    More,
    RunOf,
    Target,
)

__all__ = ["Details", "Elsewhere", "FileOf", "Fold", "Folder", "Line", "More", "RunOf", "Target"]
