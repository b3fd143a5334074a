"""Evaluation: tables, statistics and comparisons from predictions."""
