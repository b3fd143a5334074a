"""Studies and config.yaml: reading, validation, and the resulting immutable objects."""
