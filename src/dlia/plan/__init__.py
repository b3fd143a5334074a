"""What will be built: the answers that the workflow's rules ask for."""
