"""Regression: one number for each image, the mean of what the classes stand for."""
