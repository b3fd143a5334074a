"""Segmentation of volumes: one class for each voxel, learnt from patches or slices."""
