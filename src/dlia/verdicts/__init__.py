"""Verdicts on the claims of the sources."""
