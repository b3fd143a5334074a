"""One module per command of ``dlia``."""
