"""Images whose class is in their path, or in a table; the study states the paths and columns."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from zipfile import ZipInfo

import numpy as np

from dlia.data.layouts import Drawing, EntryPlace, Sample, group_of, pass_over
from dlia.data.layouts.bounds import MAX_TABLE_BYTES, MOST_FAULTS, check_bytes
from dlia.data.offences import EntryError, Offence, offence, printable
from dlia.study.layout_blocks import CLASS, LabelledFiles, LabelTable
from dlia.study.path_template import Template, spelt

_TABLE = "Table"
# Names of images, as a table and the paths have them in common: the values of some placeholders.
Key = tuple[str, ...]


class Layout:
    """The layout of one study; see ``layouts.LayoutModule``.

    Args:
        options: The study's ``layout`` block.
    """

    MASKED = False

    def __init__(self, options: LabelledFiles) -> None:
        self.options = options
        self.images = {part: Template(options.part(part).images) for part in options.parts}
        self.tables = {part: t for part in options.parts if (t := options.part(part).table)}
        # Made once: an archive has tens of thousands of entries and rows.
        self.table_files = {part: Template(t.file) for part, t in self.tables.items()}
        self.image_forms = {part: Template(t.image_form) for part, t in self.tables.items()}
        self.group = Template(options.group)
        # test/<name>.png is also the form of <class>/<name>.png.
        self.by_length = sorted(self.images.items(), key=lambda image: -image[1].fixed)
        stated = {part: Template(options.part(part).images) for part in ("train", "test")}
        self.FOLDERS = {part: t.folder.rstrip("/") or t.text for part, t in stated.items()}
        paths = [t.text for t in self.images.values()] + [t.file for t in self.tables.values()]
        self.FORM = ", ".join(paths)

    def place(self, name: str, classes: tuple[str, ...]) -> EntryPlace | None:
        """Give Train/<path> or Test/<path> without folders that all share, or Table/<part>.

        Raises:
            EntryError: It is neither an image nor a table, or its class is unknown.
        """
        for part, file in self.table_files.items():
            if found := file.find(name):
                return EntryPlace(found[0], f"{_TABLE}/{part}")
        for part, template in self.by_length:
            if found := template.find(name):
                top, below = found
                values = template.match(below) or {}
                if CLASS in values:
                    self._class(values[CLASS], classes)
                rest = below[len(template.folder) :].rpartition(".")[0]
                return EntryPlace(top, f"{part.capitalize()}/{rest}")
        pass_over(name, self.options.unused, self.FORM)
        return None

    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples, sorted by id, and the offences of tables and of images without a row.

        Args:
            located: Entries by their paths, as ``place`` gives them.
            classes: Their names.
            read: Reads an entry.
        """
        samples: list[Sample] = []
        offences: list[Offence] = []
        for part, template in self.images.items():
            start = f"{part.capitalize()}/"
            images = [
                (key, info, template.values(info.filename))
                for key, info in located.items()
                if key.startswith(start)
            ]
            if part not in self.tables:
                samples += [
                    Sample(
                        key,
                        part,
                        info,
                        self._class(values[CLASS], classes),
                        group_of(self.group, values),
                    )
                    for key, info, values in images
                ]
                continue
            table, entry = self.tables[part], located.get(f"{_TABLE}/{part}")
            if entry is None:
                text = "is missing from the archive, so that the classes are not known"
                offences.append(Offence(table.file, text, text))
                continue
            form = self.image_forms[part]
            labels, faults = self._labels(table, form, read, entry, classes)
            offences += [offence(entry, fault) for fault in faults]
            if faults and not labels:
                continue
            for key, info, values in images:
                own = (values[name] for name in form.names)
                target = labels.pop((*own, *form.suffix_in_key(info.filename)), None)
                if target is None:
                    offences.append(offence(info, f"has no row in {table.file}"))
                else:
                    samples.append(Sample(key, part, info, target, group_of(self.group, values)))
            offences += [
                offence(entry, _without_file(form, name)) for name in islice(labels, MOST_FAULTS)
            ]
        return sorted(samples, key=lambda sample: sample.id), offences

    def pack(
        self, part: str, drawings: Iterable[Drawing], classes: list[str]
    ) -> Iterator[tuple[str, np.ndarray | str]]:
        """Give the files of a part of a stand-in, numbered from 0, and its table."""
        template = self.images[part.lower()]
        table = self.tables.get(part.lower())
        grouping = {*self.group.names} - {CLASS}
        groups: dict[tuple[int, int], int] = {}
        written = io.StringIO()
        if table:
            rows = csv.writer(written, delimiter=table.separator, lineterminator="\n")
            rows.writerow([table.image, table.label])
        for number, each in enumerate(drawings):
            # No group is in both parts.
            group = groups.setdefault((each.label, each.group), len(groups))
            group_name = f"{part[:2].lower()}{group:05d}"
            named = self.options.classes_as == "names"
            label = classes[each.label] if named else f"{each.label:05d}"
            values = {
                name: label
                if name == CLASS
                else group_name
                if name in grouping
                else f"{number:05d}"
                for name in template.names
            }
            if table:
                rows.writerow([self.image_forms[part.lower()].fill(values), label])
            yield template.fill(values), each.pixels
        if table:
            yield table.file, written.getvalue()

    def _class(self, written: str, classes: tuple[str, ...]) -> int:
        """Give the index of a class.

        Raises:
            EntryError: There is no such class.
        """
        if self.options.classes_as == "numbers":
            number = int(written) if written.isascii() and written.isdigit() else len(classes)
            if number < len(classes):
                return number
            known = f"the numbers 0 to {len(classes) - 1}"
        else:
            index = _indices(classes).get(spelt(written))
            if index is not None:
                return index
            known = f"the classes {', '.join(classes)}"
        raise EntryError(f"its class {printable(written)} is none of {known}")

    def _labels(
        self,
        table: LabelTable,
        form: Template,
        read: Callable[[ZipInfo], bytes],
        entry: ZipInfo,
        classes: tuple[str, ...],
    ) -> tuple[dict[Key, int], list[EntryError]]:
        """Read the class of every image that a table names, and what is wrong with its rows."""
        labels: dict[Key, int] = {}
        faults: list[EntryError] = []
        try:
            for number, (image, label) in enumerate(_rows(read(entry), table), start=2):
                if len(faults) >= MOST_FAULTS:
                    break
                try:
                    name = _name(form, image, table)
                    if name in labels:
                        raise EntryError(f"{printable(image)} has another row already")
                    labels[name] = self._class(label, classes)
                except EntryError as fault:
                    faults.append(EntryError(f"row {number}: {fault}", "rows that cannot be used"))
        except EntryError as error:
            return {}, [error]
        return labels, faults


@lru_cache(maxsize=1)
def _indices(classes: tuple[str, ...]) -> dict[str, int]:
    """Give the index of each class by its name, as names are compared; the first one of equals."""
    return {spelt(name): index for index, name in reversed([*enumerate(classes)])}


def _name(form: Template, image: str, table: LabelTable) -> Key:
    values = form.match(image)
    if values is None:
        raise EntryError(f"{printable(image)!r} is not of the form {table.image_form}")
    return (*values.values(), *form.suffix_in_key(image))


def _rows(data: bytes, table: LabelTable) -> Iterator[tuple[str, str]]:
    """Yield image and class of each row.

    Raises:
        EntryError: It is too large, or no table; a column is missing, or a row is too short.
    """
    check_bytes(data, MAX_TABLE_BYTES)
    try:
        yield from _cells(data.decode("utf-8-sig"), table)
    except (UnicodeDecodeError, csv.Error):
        raise EntryError("is no table of UTF-8 text") from None


def _cells(text: str, table: LabelTable) -> Iterator[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(text), delimiter=table.separator)
    header = list(rows.fieldnames or [])
    for column in (table.image, table.label):
        if column not in header:
            found = printable(", ".join(header))
            raise EntryError(
                f"has no column {column}; its columns are {found}",
                advice="Correct data.layout in the study: separator, image and label of the table.",
            )
    for row in rows:
        image, label = row[table.image], row[table.label]
        if image is None or label is None:
            raise EntryError(f"row {rows.line_num} ends early")
        yield image.strip(), label.strip()


def _without_file(form: Template, name: Key) -> EntryError:
    image = printable(form.shown_key(name))
    return EntryError(f"names {image}, which is not in the archive", "names images that are absent")


def layout_of(options: Mapping[str, object]) -> Layout:
    """Give the layout of a study, from the plain values of its ``layout`` block."""
    return Layout(LabelledFiles.model_validate(options))
