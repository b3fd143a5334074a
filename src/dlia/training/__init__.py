"""Training and prediction: from arrays and settings to trained networks and logits."""
