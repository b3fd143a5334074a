"""Rebuilds deep-learning course reports from their raw archives."""

__version__ = "0.1.0"
