"""Running jobs: logs, locks, GPUs, output files, and the record of the build."""
