"""A store as a read-only file system: ``project/type/name/<v0, v1, …, latest, best, any alias>/``."""
