"""Arrays in a file of safetensors: without a copy in memory, whole, and readable as any file."""

import errno
import os
import resource
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from dlia.evaluation.tensor_file import save_tensors

ARRAYS = {
    "classes": np.arange(30, dtype=np.uint8).reshape(2, 15).T,  # not in the order of the file
    "slices": np.arange(24, dtype=np.int32).reshape(2, 3, 4),
    "patches": np.arange(8).reshape(2, 2, 2),
    "distances": np.array([[1.5, np.nan]]),
    "bounds": np.array([0.25, 4.0]),
    "logits": np.zeros((2, 0), np.float32),
}
TEXT = '{"volumes": [["Schädel \\"1\\"\\n", "test"]]}'


def test_the_bytes_are_those_of_safetensors(tmp_path):
    save_tensors(tmp_path / "new" / "p", ARRAYS, TEXT)
    plain = {name: np.ascontiguousarray(array) for name, array in ARRAYS.items()}
    assert (tmp_path / "new" / "p").read_bytes() == save(plain, metadata={"dlia": TEXT})
    found = load_file(tmp_path / "new" / "p")
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["p"]


def test_no_copy_is_in_memory(tmp_path):
    large = np.ones((3, 2**20), np.uint8)
    tracemalloc.start()
    save_tensors(tmp_path / "p", {"classes": large}, "")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < large.nbytes / 10


def test_others_can_read_it_as_any_file(tmp_path):
    save_tensors(tmp_path / "p", ARRAYS, TEXT)
    (tmp_path / "other").touch()
    assert (tmp_path / "p").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_fault_of_the_disk_names_the_file_and_leaves_the_old_one(tmp_path):
    path = tmp_path / "p"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)) as caught:
            save_tensors(path, {"classes": np.ones(2**20, np.uint8)}, TEXT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["p"]
