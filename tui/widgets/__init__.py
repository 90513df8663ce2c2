"""Widgets: one virtual list, what is shown in it, and the bars around it."""
