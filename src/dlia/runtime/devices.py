"""The device of a job, and deterministic computation on it."""

import ctypes
import os
from typing import Any

import torch

from dlia.errors import UserError


def choose_device(wanted: str) -> torch.device:
    """Choose the device and make PyTorch deterministic on it.

    Args:
        wanted: auto (a GPU if there is one), cpu or cuda.

    Raises:
        UserError: ``wanted`` is cuda, but PyTorch finds no GPU.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise UserError(
            "config.yaml: device: cuda is wanted, but torch finds no GPU here; write auto or cpu, "
            "or fix the installation of the GPU driver"
        )
    # cuBLAS is deterministic only with a workspace of fixed size, set before its first use.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # use_deterministic_algorithms does the same but imports the compiler, which takes 4 s.
    torch.set_deterministic_debug_mode("error")
    # Filling new memory costs 6 % of a step, and no code here reads uninitialised memory.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    # With TF32 the rounding would depend on the generation of the GPU.
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    # One thread: the order of summation does not depend on --cores.
    torch.set_num_threads(1)
    _keep_memory()
    return torch.device("cuda" if wanted != "cpu" and available else "cpu")


def _keep_memory() -> None:
    """Keep glibc from returning the memory of tensors to the system after every step.

    The system clears memory page by page when it hands it out again, 300 pages per step.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        trim_threshold, mmap_threshold = -1, -3  # their numbers in malloc.h
        libc.mallopt(mmap_threshold, 32 << 20)
        libc.mallopt(trim_threshold, 1 << 30)


def determinism() -> dict[str, Any]:
    """Return PyTorch's settings that determine whether results are reproducible."""
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
