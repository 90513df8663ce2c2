"""What is shown, as plain values: no widget, no store, every stored string already inert."""
