"""Screens: browsing, and the small boxes that open over it."""
