"""Segmentation: one class for each pixel."""
