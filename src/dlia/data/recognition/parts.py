"""The parts of an archive: which is for training, and which for testing."""

import re
from collections.abc import Mapping

from dlia.data.recognition.proposal import UnknownLayoutError
from dlia.data.recognition.shares import TEST_SHARE


def with_parts(
    blocks: Mapping[str, Mapping[str, object]], seen: list[str], keeps_validation: bool = False
) -> dict[str, object]:
    """Return the keys of a layout that state its parts.

    Args:
        blocks: The paths of each part by its name; by "" if there are no parts.
        seen: What was found; gets a sentence if a part is taken for another, or not used.
        keeps_validation: Whether the layout can state the validation part beside the test part.

    Raises:
        UnknownLayoutError: There is no training part.
    """
    train = blocks.get("train") or blocks.get("")
    if train is None:
        raise UnknownLayoutError("nothing in it is for training")
    found: dict[str, object] = {"train": train}
    validation = blocks.get("validation")
    test = blocks.get("test") or validation
    if test is None:
        return found | {"test_share": TEST_SHARE}
    if "test" not in blocks:
        seen.append("the validation part is taken as the test part")
    elif validation and keeps_validation:
        return found | {"validation": validation, "test": test}
    elif validation:
        seen.append("its own validation part is not used: a share of train is held out")
        paths = [path for path in validation.values() if isinstance(path, str)]
        unused = [re.sub("<[a-z0-9]+>", "*", path) for path in paths]
        return found | {"test": test, "unused": unused}
    return found | {"test": test}
