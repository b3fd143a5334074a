"""Feeds damaged archives and configurations to what reads them; by hand without end.

    python tests/fuzz/fuzzer.py --seconds 600 --seed 7

Each case must end in a result or in an error that the user can fix: no other exception, no file
outside of its folder, nothing half-written, at most 2 GB of memory and 60 s.
"""

import argparse
import itertools
import random
import re
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import yaml

from dlia.data.choice import archive_facts, choose_archive
from dlia.data.recognition import look_at
from dlia.data.unpack import Layout, unpack
from dlia.errors import UserError
from dlia.study.config import resolve_config
from dlia.study.data_block import Data
from dlia.study.yaml_files import ROOT, load_yaml
from dlia.tasks.studies import load_studies
from mutations import damaged_archive, damaged_text, damaged_values
from seeds import Seed, seeds

MAX_BYTES, MAX_SECONDS = 2 * 2**30, 60
# Of five cases, four are archives.
_KINDS = 5


class Fault(NamedTuple):
    """A case that ended in another way than it should.

    Attributes:
        name: The kind of the case and its seed.
        text: What happened.
    """

    name: str
    text: str


class Longest(NamedTuple):
    """The case that took the longest.

    Attributes:
        seconds: Of processor time.
        name: Its name.
    """

    seconds: float
    name: str


class Outcome(NamedTuple):
    """What the cases gave.

    Attributes:
        done: How many there were of each kind.
        faults: Those that ended in another way than they should.
        longest: The one that took the longest.
        peak: The most memory of this process, in bytes.
    """

    done: Counter[str]
    faults: list[Fault]
    longest: Longest
    peak: int


def cases(seed: int, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield cases without end: their names, and what runs them."""
    made = folder / "seeds"
    made.mkdir(exist_ok=True)
    archives = list(seeds(made).items())
    for number in itertools.count(seed):
        rng = random.Random(number)
        if number % _KINDS:
            name, found = rng.choice(archives)
            yield f"archive {name} {number}", partial(archive_case, found, rng, folder)
        else:
            yield f"configuration {number}", partial(configuration_case, rng, folder)


def archive_case(seed: Seed, rng: random.Random, folder: Path) -> None:
    """Choose, look at and unpack a damaged archive; and look at it as if no study described it."""
    place, out = folder / "data", folder / "out"
    for each in (place, out):
        each.mkdir(exist_ok=True)
    archive = place / "SET.zip"
    archive.write_bytes(damaged_archive(seed.files, rng))
    try:
        look_at(archive)
    except UserError as error:
        check_message(str(error))
    written = {name: out / f"{name}.npy" for name in ("images", "targets")}
    written["ids"] = out / "ids.csv"
    try:
        choice = choose_archive("SET.zip", str(place), False, out / "source.json", [])
        archive_facts(choice, out / "facts.json", _data(seed.layout))
        unpack(Path(choice.path), seed.layout, **written)
    except UserError as error:
        check_message(str(error))
        assert not any(path.exists() for path in written.values()), "files of a refused archive"
    else:
        assert all(path.is_file() for path in written.values()), "not all files"
    finally:
        for file in (*out.iterdir(), archive):
            assert file.is_file(), f"{file} is no file"
            file.unlink()
        assert {path.name for path in folder.iterdir()} <= {"data", "out", "seeds", "studies"}


def _data(layout: Layout) -> Data:
    """Give the data of a study whose archive has this layout."""
    named = {"name": layout.kind, **layout.options} if layout.options else layout.kind
    plain = {"archive": "SET.zip", "layout": named, "size": [*layout.size]}
    standin = {"kind": "shapes", "train": 20, "test": 20, "size": 16}
    own = {"channels": layout.channels, "classes": [*layout.classes], "standin": standin}
    return Data.model_validate(plain | own)


def configuration_case(rng: random.Random, folder: Path) -> None:
    """Read a damaged study or config.yaml."""
    studies = folder / "studies"
    studies.mkdir(exist_ok=True)
    source = rng.choice([*sorted((ROOT / "studies").glob("*.yaml")), ROOT / "config.yaml"])
    text = source.read_text(encoding="utf-8")
    if rng.random() < 0.7:
        values = damaged_values(yaml.safe_load(text), rng)
        content = yaml.safe_dump(values, allow_unicode=True).encode("utf-8", "surrogatepass")
    else:
        content = damaged_text(text, rng)
    file = studies / "fuzzed.yaml"
    file.write_bytes(content)
    try:
        if source.name == "config.yaml":
            resolve_config(load_yaml(file))
        else:
            load_studies(["fuzzed"], folder)
    except UserError as error:
        check_message(str(error))
    finally:
        file.unlink()


def check_message(text: str) -> None:
    """Check that a message is one for people: of bounded length, without terminal commands."""
    assert text.strip()
    assert len(text) < 100_000, "a message of more than 100,000 characters"
    assert all(line.isprintable() for line in text.split("\n")), f"not printable: {text!a}"


def fuzz(
    seconds: float,
    seed: int,
    tell: Callable[[Fault], None] = lambda _: None,
    number: int | None = None,
) -> Outcome:
    """Run cases for a while, or a ``number`` of them."""
    done: Counter[str] = Counter()
    faults: list[Fault] = []
    longest = Longest(0.0, "none")
    with tempfile.TemporaryDirectory(prefix="dlia-fuzz-") as place:
        end = time.monotonic() + seconds
        for name, run in itertools.islice(cases(seed, Path(place)), number):
            if time.monotonic() > end:
                break
            done[name.split()[0]] += 1
            started = time.process_time()
            said = ""
            try:
                run()
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                said = "".join(traceback.format_exception(error)[-6:])
            taken = time.process_time() - started
            longest = max(longest, Longest(taken, name))
            if taken > MAX_SECONDS:
                said += f"took {taken:.0f} s"
            if said:
                faults.append(Fault(name, said))
                tell(faults[-1])
    if (peak := _peak_bytes()) > MAX_BYTES:
        faults.append(Fault("all", f"{peak} bytes of memory"))
        tell(faults[-1])
    return Outcome(done, faults, longest, peak)


def _peak_bytes() -> int:
    """Give the peak of this process alone; getrusage counts that of the one that started it."""
    status = Path("/proc/self/status")
    if status.is_file() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return 1024 * int(found[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Fuzz as the command line says; print the faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, help="the number of cases, instead of seconds")
    given = parser.parse_args()

    def tell(fault: Fault) -> None:
        print(*fault, sep="\n", flush=True)

    found = fuzz(given.seconds, given.seed, tell, given.cases)
    print(
        f"{dict(found.done)}: {len(found.faults)} faults; at most {found.longest.seconds:.1f} s of "
        f"processor time ({found.longest.name}) and {found.peak / 2**20:.0f} MiB of memory"
    )
    return bool(found.faults)


if __name__ == "__main__":
    sys.exit(main())
