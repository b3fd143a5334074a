"""The original releases of CIFAR-10: binary and pickled batches, and pickles that are hostile."""

import io
import os
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from own_studies import own_study

from dlia.data import batch_pickles, standins
from dlia.data.batch_pickles import read_batch
from dlia.data.choice import archive_facts, choose_archive
from dlia.data.forms import form_of
from dlia.data.layouts import find_layout
from dlia.data.offences import EntryError
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError

CLASSES = ("plane", "car", "bird")
LABELS = {"1": [0, 1, 2, 0, 1, 2], "2": [2, 1, 0], "test": [1, 0, 2]}
PIXELS = {
    name: np.random.default_rng(n).integers(0, 256, (len(labels), 3072), np.uint8)
    for n, (name, labels) in enumerate(LABELS.items())
}


def layout(*batches: int) -> Layout:
    options = {"name": "cifar_batches", "batches": list(batches)}
    return Layout("cifar_batches", (32, 32), 3, CLASSES, options)


def binary(name: str) -> bytes:
    rows = zip(LABELS[name], PIXELS[name], strict=True)
    return b"".join(bytes([label]) + row.tobytes() for label, row in rows)


def text(content: bytes) -> bytes:
    """Write a text as Python 2 pickles it."""
    return b"T" + struct.pack("<i", len(content)) + content


def of_python_2(labels: list[int], pixels: np.ndarray) -> bytes:
    """Write a batch as the original files have it: pickled by Python 2 and an old NumPy."""
    kind = b"cnumpy\ndtype\n(" + text(b"u1") + b"K\0K\1tR(K\3" + text(b"|")
    kind += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0t" + text(b"b") + b"tR("
    array += b"K\1(" + b"".join(b"M" + struct.pack("<H", n) for n in pixels.shape) + b"t"
    array += kind + b"\x89" + text(pixels.tobytes()) + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([n]) for n in labels) + b"e"
    pairs = text(b"batch_label") + text(b"training batch 1 of 5") + text(b"labels") + numbers
    return b"\x80\x02}(" + pairs + text(b"data") + array + b"u."


def pickled(name: str, protocol: int = 2) -> bytes:
    return pickle.dumps({b"labels": LABELS[name], b"data": PIXELS[name]}, protocol)


def files_of(form) -> dict[str, bytes]:
    return {"test_batch" if n == "test" else f"data_batch_{n}": form(n) for n in LABELS}


PYTHON_2 = files_of(lambda n: of_python_2(LABELS[n], PIXELS[n]))
BINARY = {f"{name}.bin": content for name, content in files_of(binary).items()}
BESIDE = {"batches.meta": b"x", "readme.html": b"x"}


def packed(files: dict[str, bytes], top: str = "cifar-10-batches") -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def folder_of(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


FORMS = {
    "binary": {**BINARY, **BESIDE},
    "binary, packed": {"cifar-10-binary.tar.gz": packed({**BINARY, **BESIDE})},
    "of Python 2": {**PYTHON_2, **BESIDE},
    "of Python 2, packed": {"cifar-10-python.tar.gz": packed({**PYTHON_2, **BESIDE})},
    "of Python 3": files_of(pickled),
    "of Python 3, protocol 4": files_of(lambda name: pickled(name, 4)),
}


@pytest.mark.parametrize("files", FORMS.values(), ids=FORMS)
def test_images_and_labels_are_those_of_the_batches(files, tmp_path):
    images, labels, ids = decode(folder_of(tmp_path / "CIFAR", files), layout(2, 1))
    found = {
        id_: (image, label)
        for id_, image, label in zip(ids["id"], images, labels.tolist(), strict=True)
    }
    assert len(found) == 12
    for batch, rows in PIXELS.items():
        for place, (row, label) in enumerate(zip(rows, LABELS[batch], strict=True)):
            part = "Test" if batch == "test" else "Train"
            image, known = found[f"{part}/{CLASSES[label]}/{batch}_{place:05d}"]
            assert known == label
            np.testing.assert_array_equal(image, row.reshape(3, 32, 32).transpose(1, 2, 0))


@pytest.mark.parametrize("form", ["binary", "binary, packed", "of Python 2, packed"])
def test_only_the_stated_batches_are_read(form, tmp_path):
    ids = decode(folder_of(tmp_path / "CIFAR", FORMS[form]), layout(1))[2]
    assert ids["part"].value_counts().to_dict() == {"train": 6, "test": 3}


def test_images_are_counted_without_reading_them():
    own = find_layout("cifar_batches", {"name": "cifar_batches", "batches": [1]})

    def entry(name, size):
        from zipfile import ZipInfo

        found = ZipInfo(name)
        found.file_size = size
        return found

    sizes = {"data_batch_1.bin": 30_730_000, "data_batch_2.bin": 30_730_000, "test_batch": 3073}
    entries = [entry(name, size) for name, size in sizes.items()]
    assert own.count(entries, bytes) == 10_001


def test_the_images_of_each_form_of_the_study_are_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = own_study("cifar").data
    forms = [FORMS["binary, packed"], FORMS["of Python 2, packed"], BINARY, PYTHON_2]
    for number, files in enumerate(forms):
        folder = folder_of(tmp_path / str(number), files)
        choice = choose_archive(
            data.archive, str(folder), "auto", tmp_path / "none", [], data.forms
        )
        facts = archive_facts(choice, tmp_path / "cache.json", data)
        assert (facts.form, facts.images > 0) == (number, True)


def test_a_batch_that_is_there_packed_and_unpacked_is_an_offence(tmp_path):
    both = {**FORMS["binary, packed"], **BINARY}
    with pytest.raises(UserError, match="two entries of this name"):
        decode(folder_of(tmp_path / "CIFAR", both), layout(1))


def test_stand_ins_can_be_drawn_in_this_layout(tmp_path):
    options = {"name": "cifar_batches", "batches": [1, 3]}
    own = {"layout": "cifar_batches", "options": options, "channels": 3, "group": 1, "objects": 1}
    path = tmp_path / "MINE.zip"
    standins.draw("shapes", path, train=30, test=9, size=32, seed=1, classes=list(CLASSES), **own)
    images, labels, _ = decode(path, layout(1, 3))
    assert (images.shape, {*labels.tolist()}) == ((39, 32, 32, 3), {0, 1, 2})


def test_the_study_takes_the_first_original_batch_in_place_of_its_archive():
    forms = own_study("cifar").data.forms
    for names in (["cifar-10-binary.tar.gz"], ["cifar-10-python.tar.gz"], [*BINARY], [*PYTHON_2]):
        assert form_of(Path(), names, forms).layout.batches == [1]


# Bytes that would do harm if they were unpickled as usual.


class Harm:
    def __reduce__(self):
        return os.system, ("echo harm",)


def build(on: bytes) -> bytes:
    """Ask to set an attribute of what a pickle may name."""
    return b"\x80\x02" + on + b"N}U\x01xK\x01s\x86b."


def doubled(times: int) -> bytes:
    """Pickle a tuple of 2 ** times Nones in few bytes: each is the one before, twice."""
    return b"N" + b"".join(b"q%ch%c\x86" % (n, n) for n in range(times))


ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n"
HOSTILE = {
    "a call of os.system": (pickle.dumps(Harm(), 2), "asks for"),
    "eval": (b"\x80\x02cbuiltins\neval\nU\x011\x85R.", "asks for builtins.eval"),
    "a function of NumPy": (b"\x80\x02cnumpy\nload\nU\x01x\x85R.", "asks for numpy.load"),
    "a name with a dot": (b"\x80\x04\x8c\x05numpy\x8c\x0dndarray.dumps\x93.", "ndarray.dumps"),
    "an old call": (b"\x80\x02(U\x01xios\nsystem\n.", "the operation INST"),
    "an object by its class": (b"\x80\x02cnumpy\nndarray\n)\x81.", "the operation NEWOBJ"),
    "an extension": (b"\x80\x02\x82\x01.", "the operation EXT1"),
    "a persistent object": (b"\x80\x02U\x01xQ.", "the operation BINPERSID"),
    "an attribute of what is named": (build(ARRAY), "cannot be read"),
    "memory for a billion objects": (b"\x80\x02}r\xff\xff\xff\x7f.", "keeps an object as number"),
    "an array of objects": (pickle.dumps({b"data": np.array([Harm()])}, 2), "not of bytes"),
    "an array of numbers of 64 bits": (pickle.dumps({b"data": np.zeros(3)}, 2), "not of bytes"),
    "a text of another encoding": (
        b"\x80\x02c_codecs\nencode\nX\x01\0\0\0xX\x03\0\0\0hex\x86R.",
        "another encoding",
    ),
    "a key that is a tuple of tuples": (
        b"\x80\x02}" + doubled(60) + b"K\x01s.",
        "keys that are no texts",
    ),
    "keys of which one is a tuple of tuples": (
        b"\x80\x02}(" + doubled(60) + b"K\x01u.",
        "keys that are no texts",
    ),
    "an array of a tuple of tuples": (
        b"\x80\x02cnumpy\ndtype\n" + doubled(60) + b"\x85R.",
        "other numbers",
    ),
    "no dictionary": (pickle.dumps([1], 2), "not of a batch"),
    "no labels": (pickle.dumps({b"data": PIXELS["1"]}, 2), "has no data"),
    "labels that are no numbers": (
        pickle.dumps({b"data": PIXELS["1"], b"labels": [True]}, 2),
        "no whole numbers",
    ),
    "cut off": (pickled("1")[:-9], "cannot be read"),
    "nothing": (b"\x80", "cannot be read"),
}


@pytest.mark.parametrize(("data", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_is_refused_and_runs_nothing(data, said, capfd, monkeypatch):
    monkeypatch.setattr(os, "system", lambda _: pytest.fail("was run"))
    with pytest.raises(EntryError, match=said.replace(".", r"\.")):
        read_batch(data)
    assert capfd.readouterr().out == ""


def test_an_array_whose_size_is_not_that_of_its_bytes_is_refused():
    data = of_python_2(LABELS["1"], PIXELS["1"]).replace(
        b"M" + struct.pack("<H", 3072), b"M" + struct.pack("<H", 3073)
    )
    with pytest.raises(EntryError, match="cannot be read"):
        read_batch(data)


def test_what_stands_for_functions_cannot_be_changed_by_a_pickle():
    for known in batch_pickles._KNOWN.values():
        with pytest.raises(AttributeError):
            known.anything = 1


BAD = {
    "a label without a class": ("data_batch_1.bin", b"\x07" + bytes(3072), "has the label 7"),
    "cut off": ("data_batch_1.bin", bytes(3072), "is no batch of images: 3072 bytes"),
    "empty": ("data_batch_1.bin", b"", "is no batch of images"),
    "hostile": ("data_batch_1", pickle.dumps(Harm(), 2), "asks for"),
    "images of another size": (
        "data_batch_1",
        pickle.dumps({b"labels": [0], b"data": np.zeros((1, 12), np.uint8)}, 2),
        "not of 3072 bytes",
    ),
    "fewer labels": (
        "data_batch_1",
        pickle.dumps({b"labels": [0], b"data": PIXELS["1"]}, 2),
        "1 labels for 6 images",
    ),
}


@pytest.mark.parametrize(("name", "data", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_named_with_its_fault(name, data, said, tmp_path):
    files = {"test_batch": PYTHON_2["test_batch"]} | {name: data}
    with pytest.raises(UserError) as refusal:
        decode(folder_of(tmp_path / "CIFAR", files), layout(1))
    assert f"CIFAR/{name}: " in str(refusal.value)
    assert said in str(refusal.value)


def test_a_batch_that_is_there_twice_is_named(tmp_path):
    files = {**PYTHON_2, "data_batch_1.bin": BINARY["data_batch_1.bin"]}
    folder = folder_of(tmp_path / "CIFAR", {"cifar-10-python.tar.gz": packed(files)})
    with pytest.raises(UserError, match="falls on the same picture as"):
        decode(folder, layout(1))


@pytest.mark.parametrize("files", [PYTHON_2, {"cifar-10-python.tar.gz": packed(PYTHON_2)}])
def test_a_missing_batch_is_named(files, tmp_path):
    with pytest.raises(UserError, match="not all batches are there; missing: 3"):
        decode(folder_of(tmp_path / "CIFAR", files), layout(1, 3))
