"""The contestants: each is a program that reads a task and prints lines."""
