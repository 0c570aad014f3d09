"""What this machine offers to a local engine."""

from __future__ import annotations

import os
from pathlib import Path

import psutil


def physical_cores() -> int:
    """Cores that this process may use, not counting hardware threads; at least 1.

    More engine threads than this collapse throughput: they spin while waiting for one another.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed))


def multiplies_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware (AVX-512 BF16, AMX). False where nothing tells.

    Linux on x86-64 only: the flags of /proc/cpuinfo, as the kernel grants them.
    """
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as lines:
            flags = next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags.split())


def memory_mib() -> int:
    """Memory of this machine in MiB."""
    return int(psutil.virtual_memory().total // 2**20)
