"""From logits to numbers, and how near these are."""

import numpy as np


def expected(logits: np.ndarray) -> np.ndarray:
    """Give the mean of the classes' numbers under softmax(logits), (n,)."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares @ np.arange(logits.shape[1])


def r2(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Give the coefficient of determination."""
    return float(1 - ((predicted - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
