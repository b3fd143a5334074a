"""From arrays and settings to trained networks."""
