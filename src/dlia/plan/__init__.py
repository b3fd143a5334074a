"""The plan of a build: everything that the rules of the workflow need to know."""
