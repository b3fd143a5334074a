"""The parts of an archive of photographs with boxes."""

from collections.abc import Mapping

from dlia.data.recognition.proposal import UnknownLayoutError
from dlia.data.recognition.shares import TEST_SHARE


def with_parts(blocks: Mapping[str, dict[str, str]], seen: list[str]) -> dict[str, object]:
    """Return the keys of a layout that state its parts.

    Args:
        blocks: The paths of each part by its name; by "" if there are no parts.
        seen: What was found; gets a sentence if a part is taken for another.

    Raises:
        UnknownLayoutError: There is no training part.
    """
    train = blocks.get("train") or blocks.get("")
    if train is None:
        raise UnknownLayoutError("no annotations are for training")
    found: dict[str, object] = {"train": train}
    if "test" in blocks:
        if "validation" in blocks:
            found["validation"] = blocks["validation"]
        return found | {"test": blocks["test"]}
    if "validation" in blocks:
        seen.append("the validation part is taken as the test part")
        return found | {"test": blocks["validation"]}
    return found | {"test_share": TEST_SHARE}
