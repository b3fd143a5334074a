"""One module per figure; a figure reads tables and predictions, never models."""
