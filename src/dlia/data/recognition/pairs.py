"""Which files belong together: an image and its mask, told by words in their paths."""

from collections import defaultdict
from collections.abc import Iterable

from dlia.data.recognition.survey import part_of, suffix_of, tokens
from dlia.data.recognition.templates import PathPair

IMAGE_WORDS = {"image", "images", "img", "imgs", "input", "inputs", "photo", "photos", "picture"}
IMAGE_WORDS |= {"pictures", "raw", "original", "originals", "scan", "scans", "volume", "volumes"}
IMAGE_WORDS |= {"jpegimages"}
MASK_WORDS = {"mask", "masks", "label", "labels", "lbl", "gt", "groundtruth", "truth", "anno"}
MASK_WORDS |= {"annotation", "annotations", "seg", "segm", "segmentation", "segmentations", "segs"}
MASK_WORDS |= {"target", "targets", "matte", "mattes", "segmentationclass"}
# imagesTr and labelsTr, as in nnU-Net.
_JOINED = {f"{word}{end}": word for word in ("images", "labels") for end in ("tr", "ts")}
_FIRST_CHANNEL = "0000"  # ends the names of its images
FEWEST = 4  # pairs


def paired(paths: Iterable[str]) -> list[PathPair]:
    """Pair images with masks: their paths differ by words such as image and mask alone."""
    by_key: dict[tuple[str, ...], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for path in paths:
        key, masked = _key(path)
        by_key[key][masked].append(path)
    both = [found for found in by_key.values() if found[0] and found[1]]
    return sorted((one[0], two[0]) for one, two in both if len(one) == len(two) == 1)


def _key(path: str) -> tuple[tuple[str, ...], bool]:
    """Return what an image and its mask have in common, and whether this is a mask."""
    key: list[str] = []
    masked, imaged, joined = False, False, False
    for word in tokens(path.removesuffix(suffix_of(path))):
        plain = _JOINED.get(word, word)
        joined = joined or plain != word
        if plain in MASK_WORDS:
            masked = True
        elif plain in IMAGE_WORDS:
            imaged = True
        if plain in MASK_WORDS or plain in IMAGE_WORDS:
            key += [part_of(word.removeprefix(plain))] if joined else []
            continue
        key.append(word)
    if joined and imaged and key[-1:] == [_FIRST_CHANNEL]:
        key.pop()
    # An image in a folder of images whose name has a word such as target is no mask.
    return tuple(key), masked
