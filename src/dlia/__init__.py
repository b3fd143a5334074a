"""Rebuilds deep-learning course reports from their raw archives."""
