"""Which files belong together: an image and its mask, told by words in their paths."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from dlia.data.recognition.survey import folders_of, part_of, stem_of, suffix_of, tokens
from dlia.data.recognition.templates import PathPair

IMAGE_WORDS = {"image", "images", "img", "imgs", "input", "inputs", "photo", "photos", "picture"}
IMAGE_WORDS |= {"pictures", "raw", "original", "originals", "scan", "scans", "volume", "volumes"}
IMAGE_WORDS |= {"jpegimages", "frame", "frames", "sat", "rgb"}
MASK_WORDS = {"mask", "masks", "label", "labels", "lbl", "gt", "groundtruth", "truth", "anno"}
MASK_WORDS |= {"annotation", "annotations", "seg", "segm", "segmentation", "segmentations", "segs"}
MASK_WORDS |= {"target", "targets", "matte", "mattes", "segmentationclass", "annot", "annots"}
MASK_WORDS |= {"trimap", "trimaps"}
# imagesTr and labelsTr, as in nnU-Net.
_JOINED = {f"{word}{end}": word for word in ("images", "labels") for end in ("tr", "ts")}
_PARTS = ("train", "training", "val", "valid", "validation", "test", "testing")
# trainannot and testmasks, as beside SegNet.
_OF_PART = {f"{part}{word}": (part, word) for part in _PARTS for word in MASK_WORDS | IMAGE_WORDS}
_FIRST_CHANNEL = "0000"  # ends the names of its images
FEWEST = 4  # pairs
Key = tuple[str, ...]


def paired(paths: Sequence[str]) -> list[PathPair]:
    """Pair images with masks: their paths differ by words such as image and mask alone."""
    return _pairs(paths, _key_of) if _may_have_masks(paths) else []


def paired_by_name(paths: Sequence[str]) -> list[PathPair]:
    """Pair images with masks in folders of any names: their own names differ by words alone.

    Names are compared within one part, such as train, or anywhere if there are no such pairs.
    """
    if not _may_have_masks(paths):
        return []

    def in_part(path: str) -> tuple[Key, bool]:
        parts = [part for word in _words("/".join(folders_of(path))) if (part := part_of(word))]
        return (*parts, *_key(stem_of(path))[0]), _key_of(path)[1]

    def anywhere(path: str) -> tuple[Key, bool]:
        return _key(stem_of(path))[0], _key_of(path)[1]

    return _pairs(paths, in_part) or _pairs(paths, anywhere)


def _may_have_masks(paths: Sequence[str]) -> bool:
    """Return whether a word for masks is anywhere: of 200,000 names, this is known in a moment."""
    text = "\n".join(paths).lower()
    return any(word in text for word in MASK_WORDS)


def are_most(pairs: Sequence[PathPair], paths: Sequence[str]) -> bool:
    """Return whether pairs are so many of all images that they can be the data."""
    return len(pairs) >= FEWEST and 4 * len(pairs) >= len(paths)


def _pairs(paths: Iterable[str], key_of: Callable[[str], tuple[Key, bool]]) -> list[PathPair]:
    by_key: dict[Key, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for path in paths:
        key, masked = key_of(path)
        by_key[key][masked].append(path)
    both = [found for found in by_key.values() if found[0] and found[1]]
    return sorted((one[0], two[0]) for one, two in both if len(one) == len(two) == 1)


def _words(text: str) -> list[str]:
    """Return the words of a path; of those that are written as one, each."""
    found: list[str] = []
    for word in tokens(text):
        if word == "truth" and found[-1:] == ["ground"]:
            found[-1] = "groundtruth"
        else:
            found += _OF_PART.get(word, (word,))
    return found


def _key_of(path: str) -> tuple[Key, bool]:
    return _key(path.removesuffix(suffix_of(path)))


def _key(text: str) -> tuple[Key, bool]:
    """Return what paths of an image and its mask have in common, and whether this is a mask's."""
    key: list[str] = []
    masked, imaged, joined = False, False, False
    for word in _words(text):
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
    return tuple(key), masked
