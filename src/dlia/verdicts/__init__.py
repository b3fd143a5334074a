"""Whether the claims of the sources hold."""
