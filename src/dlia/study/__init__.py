"""What is asked: studies and config.yaml, read, checked and frozen."""
