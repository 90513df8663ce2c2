"""Values that are more than numbers and text: tables and histograms."""
