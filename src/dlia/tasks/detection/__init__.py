"""Detection: boxes around the objects of an image, each with a class."""
