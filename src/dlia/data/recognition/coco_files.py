"""Photographs with COCO files (JSON): images, annotations with boxes, and categories."""

from collections.abc import Mapping

from dlia.data.layouts.coco import CocoFile, read_coco
from dlia.data.offences import EntryError
from dlia.data.recognition.parts import with_parts
from dlia.data.recognition.proposal import Proposal, UnknownLayoutError
from dlia.data.recognition.survey import Survey, ending, folders_of, part_in


def recognise(survey: Survey) -> Proposal:
    """Propose ``coco``.

    Raises:
        UnknownLayoutError: No file is a COCO file with boxes of photographs that are there.
    """
    found: dict[str, CocoFile] = {}
    refused: list[str] = []
    for path in survey.ending(".json"):
        try:
            file = read_coco(survey.read(path))
        except EntryError as reason:
            refused.append(f"{path} {reason}")
            continue
        if file.annotations:
            found[path] = file
    if not found:
        raise UnknownLayoutError(refused[0] if refused else "no JSON files")
    if len({part_in(path) for path in found}) < len(found):
        raise UnknownLayoutError(f"the parts of {', '.join(found)} are not clear from their names")
    photographs = _by_name(survey)
    blocks: dict[str, dict[str, str]] = {}
    images: list[str] = []
    for path, file in found.items():
        own = [photographs.get(image.file_name.rpartition("/")[2], []) for image in file.images]
        # Of several of one name, that in a folder named as the part is meant.
        part = part_in(path)
        paths = [_chosen(each, part) for each in own if each]
        if not paths:
            raise UnknownLayoutError(f"{path} lists photographs that are not there")
        folders = {folders_of(each) for each in paths}
        if len(folders) > 1:
            raise UnknownLayoutError(f"the photographs of {path} lie in several folders")
        template = "/".join([*folders.pop(), f"<name>{ending(paths)}"])
        blocks[part] = {"images": template, "annotations": path}
        images += paths
    layout: dict[str, object] = {"name": "coco"}
    written = next(iter(found.values())).images[0].file_name
    if "/" in written:
        layout["image_form"] = f"{written.rpartition('/')[0]}/<name>{ending(images)}"
    boxes = sum(len(file.annotations) for file in found.values())
    seen = [f"{len(images)} photographs with {boxes} boxes in {', '.join(found)}"]
    layout |= with_parts(blocks, seen, keeps_validation=True)
    return Proposal("detection", layout, _classes(found), sorted({*images}), seen)


def _by_name(survey: Survey) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in survey.images:
        found.setdefault(path.rpartition("/")[2], []).append(path)
    return found


def _chosen(paths: list[str], part: str) -> str:
    return next((path for path in paths if part_in("/".join(folders_of(path))) == part), paths[0])


def _classes(files: Mapping[str, CocoFile]) -> list[str]:
    """Return the names of the categories that have boxes, by their numbers."""
    names: dict[str, int] = {}
    for file in files.values():
        used = {each.category_id for each in file.annotations}
        names |= {each.name: each.id for each in file.categories if each.id in used}
    return sorted(names, key=lambda name: (names[name], name))
