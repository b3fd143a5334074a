"""How many folds a split has."""

FOLDS = 5  # that the training images are divided into, besides the validation part
