"""Data: safe unpacking of archives into arrays, synthetic stand-ins, and splits."""
