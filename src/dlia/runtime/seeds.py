"""Seeds of independent random streams, derived from the user's seed."""

import hashlib

# The random choices of a training; every trial has its own stream for each.
PURPOSES = ("init", "order", "augmentation", "dropout")


def derive(seed: int, *words: str | int) -> int:
    """Derive the seed of a stream: the first 63 bits of SHA-256 of "seed/word/word/...".

    Neither the exercise nor the variant is among the words, so that the same trial of two variants
    starts from the same draw and sees the images in the same order: comparisons are paired.
    """
    text = "/".join(str(word) for word in (seed, *words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
