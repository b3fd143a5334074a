"""How a job runs: its log, its locks, its GPU, its files, its record."""
