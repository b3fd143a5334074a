"""The parts of a data set, as studies, splits and tables name them."""

TEST, VALIDATION, TRAIN = "test", "validation", "train"
CURVE_PARTS = (VALIDATION, TRAIN)
HELD_OUT = (VALIDATION, TEST)
