"""Images as points of a plane, so that those that resemble each other lie close together."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dlia.data.arrays import Arrays
from dlia.data.boxes import holds_boxes
from dlia.study.folds import FOLDS

_Features = Callable[[list[np.ndarray]], np.ndarray]

CROP_SIDE = 16  # pixels of what is in a box
MOST_STEPS = 300  # of logistic regression
MOST_IMAGES = 2000  # of the training part; they take 5 s
PERPLEXITY = 30.0


def embed(
    arrays: Arrays,
    classes: list[str],
    seed: int,
    features: _Features | None = None,
    groups: Sequence[str] = (),
) -> pd.DataFrame:
    """Map training images, or what is in their boxes, onto a plane by t-SNE.

    They are evenly spread over the data set. t-SNE (van der Maaten and Hinton 2008) of the pixels
    themselves, or of the features that a network gives for what is in a box. It begins at random:
    from principal components, the bytes would depend on the number of threads.

    Args:
        arrays: The data set, one class for each image, or boxes.
        classes: Names of the classes.
        seed: Of the random start.
        features: Maps parts of images to features, for boxes; without it, pixels are mapped.
        groups: The sequence, or another group, of every image of the data set, for boxes; "" of an
            image that is in none.

    Returns:
        A row for each image or box: row (of the arrays), class, x, y; of boxes, also linear, the
        share of them whose class a linear classifier of the same numbers predicts (five-fold
        cross-validation, in which the boxes of an image, and those of a group of images, are in one
        fold): a map cannot show whether classes can be separated linearly.
    """
    rows = arrays.rows("train")
    if holds_boxes(arrays.targets):
        own = [groups[row] if groups and groups[row] else f"image {row}" for row in rows]
        return _of_boxes(arrays, rows, classes, seed, features or _pixels, np.array(own))
    rows = rows[np.linspace(0, len(rows) - 1, min(MOST_IMAGES, len(rows))).round().astype(int)]
    pixels = arrays.images_at(rows).reshape(len(rows), -1).astype(np.float32) / 255
    names = np.array(classes)[arrays.targets_at(rows)]
    return _mapped(pixels, rows, names, seed)


def _mapped(pixels: np.ndarray, rows: np.ndarray, names: np.ndarray, seed: int) -> pd.DataFrame:
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    places = TSNE(init="random", perplexity=perplexity, random_state=seed).fit_transform(pixels)
    return pd.DataFrame({"row": rows, "class": names, "x": places[:, 0], "y": places[:, 1]})


def _of_boxes(
    arrays: Arrays,
    rows: np.ndarray,
    classes: list[str],
    seed: int,
    features: _Features,
    groups: np.ndarray,
) -> pd.DataFrame:
    images, boxes = arrays.images_at(rows), arrays.targets_at(rows)
    image, place = np.nonzero(boxes[..., 4] >= 0)
    chosen = np.linspace(0, len(image) - 1, min(MOST_IMAGES, len(image))).round().astype(int)
    image, place = image[chosen], place[chosen]
    parts = [_part(images[i], boxes[i, p]) for i, p in zip(image, place, strict=True)]
    numbers = features(parts)
    names = np.array(classes)[boxes[image, place, 4].astype(int)]
    table = _mapped(numbers, rows[image], names, seed)
    return table.assign(linear=_linear_accuracy(numbers, names, groups[image]))


def _part(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Give what is in a box, at least one pixel."""
    low, high = np.floor(box[:2]).astype(int), np.ceil(box[2:4]).astype(int)
    return image[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]


def _pixels(parts: list[np.ndarray]) -> np.ndarray:
    """Give parts of images as rows of as many numbers, 0 to 1."""
    rows = []
    for part in parts:
        at = [np.linspace(0, side - 1, CROP_SIDE).round().astype(int) for side in part.shape[:2]]
        rows.append(np.asarray(part[np.ix_(*at)], dtype=np.float32).ravel() / 255)
    return np.stack(rows)


def _linear_accuracy(numbers: np.ndarray, names: np.ndarray, groups: np.ndarray) -> float | str:
    """Give the accuracy of logistic regression; boxes of one group are in one fold."""
    if len(np.unique(names)) < 2 or len(np.unique(groups)) < FOLDS:
        return "too few classes or images"
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=MOST_STEPS, C=0.01))
    predicted = cross_val_predict(model, numbers, names, groups=groups, cv=GroupKFold(FOLDS))
    return float((predicted == names).mean())
