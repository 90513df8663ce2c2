"""Where versions come from and what was made of them: a graph, its views, and drawings of it in text."""
