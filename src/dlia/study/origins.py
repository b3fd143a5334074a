"""What results rest on, as tables say it: real images and weights, or stand-ins for them."""

REAL, STANDIN = "real", "stand-in"
# Ends every drawn archive (as its zip comment), so that none is ever taken for a real one.
STANDIN_MARK = b"stand-in drawn by dlia"
# Of a variant that starts from a training on drawn shapes, in place of weights that are missing.
STANDIN_WEIGHTS = "stand-in weights"
# Of results that rest on real images and on weights that stand in for pre-trained ones.
REAL_BUT_WEIGHTS = f"{REAL}, {STANDIN_WEIGHTS}"


def resting_on(data: str, weights: str) -> str:
    """Give what results rest on.

    Args:
        data: The kind of the images, real or stand-in.
        weights: What the variant's training began with, as its record or ``Variant.otherwise``
            says; "" if it did not begin with pre-trained weights.
    """
    return REAL_BUT_WEIGHTS if data == REAL and STANDIN_WEIGHTS in weights else data
