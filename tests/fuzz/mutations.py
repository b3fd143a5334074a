"""Random damage to archives and to studies: what transfers, editors and attackers do to them."""

import copy
import gzip
import json
import random
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from seeds import zipped

# Paths that lead out of a folder, or that some system takes for something special.
NAMES = (
    "../{}",
    "/{}",
    "C:\\{}",
    "a/../../{}",
    "..\\..\\{}",
    "./{}",
    "{}/",
    "{}\0.png",
    "{}\n",
    "\x1b[2J{}",
    "CON/{}",
    "{}" * 40,
    ".hidden/{}",
    "__MACOSX/{}",
    "top/top/{}",
)
# Contents of other kinds, by which a reader may be surprised.
CONTENTS: tuple[bytes, ...] = (
    b"",
    b"\0" * 5000,
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a" + bytes(range(256)),
    b"P6 99999 99999 255\n",
    b"II*\0\x08\0\0\0\xff\xff",
    b"BM" + b"\xff" * 60,
    b"\xff\xd8\xff\xe0" + b"\0" * 50,
    gzip.compress(bytes(2**22)),
    gzip.compress(gzip.compress(bytes(2**20))),
    b"{" * 50_000,
    b"[" * 200_000,
    b'{"images": [], "annotations": [], "categories": []}',
    b'{"images": 1e999, "annotations": {"id": NaN}}',
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "' + b"x" * 1000 + b'">]><a>&b;</a>',
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>',
    b"<a>" * 50_000,
    b"cos\nsystem\n(S'exit 1'\ntR.",
    b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
    b"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b'"' * 1000 + b",\n" * 1000,
    b"\xff\xfe" + "image,label\n".encode("utf-16-le"),
    b"image,label\n" + b"x," * 100_000,
)


def damaged_archive(files: dict[str, bytes], rng: random.Random) -> bytes:
    """Damage the files of an archive, pack them, and sometimes damage the archive, too."""
    files = dict(files)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 5))):
        if files:
            rng.choice(_ON_FILES)(files, rng)
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    packed = zipped(files, method)
    for _ in range(rng.choice((0, 0, 1, 3))):
        packed = damaged(packed, rng)
    return packed


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Damage bytes: some of them, a stretch of them, or their end."""
    if not content:
        return rng.randbytes(10)
    found = bytearray(content)
    place = rng.randrange(len(found))
    kind = rng.randrange(6)
    if kind == 0:
        for _ in range(rng.choice((1, 3, 20))):
            found[rng.randrange(len(found))] = rng.randrange(256)
    elif kind == 1:
        del found[place:]
    elif kind == 2:
        del found[place : place + rng.randrange(1, 100)]
    elif kind == 3:
        found[place:place] = rng.randbytes(rng.randrange(1, 100))
    elif kind == 4:
        found[place : place + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"))
    else:
        found[place:place] = found[: rng.randrange(1, 200)]
    return bytes(found)


def _rename(files: dict[str, bytes], rng: random.Random) -> None:
    name = rng.choice(list(files))
    files[rng.choice(NAMES).format(*[name] * 40)[:60_000]] = files.pop(name)


def _remove(files: dict[str, bytes], rng: random.Random) -> None:
    for name in rng.sample(list(files), rng.randrange(1, len(files) + 1)):
        del files[name]


def _replace(files: dict[str, bytes], rng: random.Random) -> None:
    files[rng.choice(list(files))] = rng.choice(CONTENTS)


def _swap(files: dict[str, bytes], rng: random.Random) -> None:
    files[rng.choice(list(files))] = files[rng.choice(list(files))]


def _harm(files: dict[str, bytes], rng: random.Random) -> None:
    name = rng.choice(list(files))
    files[name] = damaged(files[name], rng)


def _harm_packed(files: dict[str, bytes], rng: random.Random) -> None:
    """Damage what a gzip file has in it."""
    packed = [name for name, content in files.items() if content.startswith(b"\x1f\x8b")]
    if packed:
        name = rng.choice(packed)
        try:
            files[name] = gzip.compress(damaged(gzip.decompress(files[name]), rng))
        except (OSError, EOFError, zlib.error):  # damaged before
            files[name] = gzip.compress(rng.choice(CONTENTS))


def _harm_json(files: dict[str, bytes], rng: random.Random) -> None:
    """Change values in a JSON file, which stays one."""
    for name in (name for name in files if name.endswith(".json")):
        try:
            files[name] = json.dumps(damaged_values(json.loads(files[name]), rng)).encode()
        except (ValueError, RecursionError):
            continue


def _add(files: dict[str, bytes], rng: random.Random) -> None:
    files[rng.choice(NAMES).format(*["new.png"] * 40)[:60_000]] = rng.choice(CONTENTS)


def _bomb(files: dict[str, bytes], rng: random.Random) -> None:
    files[rng.choice(list(files))] = bytes(rng.choice((2**21, 2**24)))


_ON_FILES: tuple[Callable[[dict[str, bytes], random.Random], None], ...] = (
    _rename,
    _remove,
    _replace,
    _replace,
    _swap,
    _harm,
    _harm,
    _harm_packed,
    _harm_json,
    _add,
    _bomb,
)

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 10_000,
    "<class>",
    "../..",
    "\0",
    "\u202e",
    [],
    {},
    [[]],
    {"name": "x"},
    ["a", "a"],
)


def damaged_values(value: Any, rng: random.Random) -> Any:
    """Replace, remove or double values anywhere in plain data."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 2, 5))):
        holder, key = _anywhere(value, rng)
        if holder is None:
            return rng.choice(VALUES)
        kind = rng.randrange(4)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            holder[key] = rng.choice(VALUES)
        elif kind == 2 and isinstance(holder, dict):
            holder[rng.choice(("x", "name", "base", "<<", "true", str(key) + "s"))] = holder[key]
        else:
            other, place = _anywhere(value, rng)
            holder[key] = copy.deepcopy(other[place]) if other is not None else rng.choice(VALUES)
    return value


def _anywhere(value: Any, rng: random.Random) -> tuple[Any, Any]:
    """Pick a place in plain data: the list or mapping, and the index or key."""
    holder, key = None, None
    while isinstance(value, dict | list) and value and (holder is None or rng.random() < 0.8):
        holder = value
        key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        value = holder[key]
    return holder, key


# Text that is YAML, or nearly.
TEXTS = (
    "a: &a [*a]\n",
    "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
    "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
    "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n"
    "g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]\nh: [*g, *g, *g, *g, *g, *g, *g, *g, *g]\n",
    "[" * 3000,
    "a: " + "{a: " * 3000,
    "title: !!python/object/apply:os.system [exit 1]\n",
    "- " * 5000,
    "a: 1e400\nb: 0x1F\nc: 2001-99-99\n",
    "? [a]\n: b\n",
    "&a a: *a\n",
    "%YAML 9.9\n---\na: 1\n",
    "\ufeffa: 1\n",
    "a: 1\n---\nb: 2\n",
)


def damaged_text(text: str, rng: random.Random) -> bytes:
    """Damage a text as bytes, or replace or extend it by what is hard to read."""
    kind = rng.randrange(3)
    if kind == 0:
        return damaged(text.encode(), rng)
    part = rng.choice(TEXTS)
    return (part if kind == 1 else text + part).encode()
