"""Images as points of a plane, so that those that resemble each other lie close together."""

import numpy as np
import pandas as pd
from sklearn.manifold import TSNE

from dlia.data.arrays import Arrays

MOST_IMAGES = 2000  # of the training part; they take 5 s
PERPLEXITY = 30.0


def embed(arrays: Arrays, classes: list[str], seed: int) -> pd.DataFrame:
    """Map training images, evenly spread over the data set, onto a plane by t-SNE.

    t-SNE (van der Maaten and Hinton 2008) of the pixels themselves, from a random start: with one
    by principal components, the bytes would depend on the number of threads.

    Args:
        arrays: The data set, one class for each image.
        classes: Names of the classes.
        seed: Of the random start.

    Returns:
        A row for each image: row (of the arrays), class, x, y.
    """
    rows = arrays.rows("train")
    rows = rows[np.linspace(0, len(rows) - 1, min(MOST_IMAGES, len(rows))).round().astype(int)]
    pixels = arrays.images_at(rows).reshape(len(rows), -1).astype(np.float32) / 255
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    places = TSNE(init="random", perplexity=perplexity, random_state=seed).fit_transform(pixels)
    names = np.array(classes)[arrays.targets_at(rows)]
    return pd.DataFrame({"row": rows, "class": names, "x": places[:, 0], "y": places[:, 1]})
