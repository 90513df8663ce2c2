"""How each effect changes the tables: trivial on purpose, since entries hold resolved effects."""
