"""On which device a job computes, and that it computes the same there every time."""

import ctypes
import os
from typing import Any

import torch

from dlia.errors import UserError


def choose_device(wanted: str) -> torch.device:
    """Give the device for ``wanted`` (auto / cpu / cuda) and make torch deterministic on it.

    Raises:
        UserError: A GPU is wanted, and there is none.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise UserError(
            "config.yaml: device: cuda is wanted, but torch finds no GPU here; write auto or cpu, "
            "or mend the driver"
        )
    # cuBLAS is deterministic only with a workspace of fixed size, set before its first use.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # use_deterministic_algorithms does the same and imports the compiler for it, which takes 4 s.
    torch.set_deterministic_debug_mode("error")
    # Filling new memory costs 6 % of a step, and nothing here reads memory that it has not written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    # TF32 and friends would make the rounding depend on the GPU's generation.
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    # One thread: sums are added in one order whatever --cores is.
    torch.set_num_threads(1)
    _keep_memory()
    return torch.device("cuda" if wanted != "cpu" and available else "cpu")


def _keep_memory() -> None:
    """Let glibc keep what tensors were in, where it would give it back after every step.

    Memory that comes back from the system is cleared page by page, 300 pages a step.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        trim_threshold, mmap_threshold = -1, -3  # their numbers in malloc.h
        libc.mallopt(mmap_threshold, 32 << 20)
        libc.mallopt(trim_threshold, 1 << 30)


def determinism() -> dict[str, Any]:
    """Give what torch says of all that decides whether it computes the same every time."""
    return {
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "debug_mode": torch.get_deterministic_debug_mode(),
        "fill_uninitialized_memory": torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
        "cudnn.allow_tf32": torch.backends.cudnn.allow_tf32,
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "CUBLAS_WORKSPACE_CONFIG": os.environ["CUBLAS_WORKSPACE_CONFIG"],
        "threads": torch.get_num_threads(),
    }
