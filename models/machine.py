"""What this machine offers to a local engine."""

from __future__ import annotations

import os

import psutil


def physical_cores() -> int:
    """Cores that this process may use, not counting hardware threads; at least 1.

    More engine threads than this collapse throughput: they spin while waiting for one another.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed))


def memory_mib() -> int:
    """Memory of this machine in MiB."""
    return int(psutil.virtual_memory().total // 2**20)
