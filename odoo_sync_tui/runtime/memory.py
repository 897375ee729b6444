"""Memory of a process: it is flat in a long run, garbage collection is cheap, and no crash writes it to a file.

Pages of some hundred kilobytes are allocated and freed in several threads. By default glibc raises its mmap threshold
with every large block freed, and gives each thread an arena of its own: freed blocks stay with the process, which
grows for as long as the run lasts (from 70 to 180 MB over a million rows).

Python looks for reference cycles each time some hundred objects more exist than before. The rows and documents of a
page are tens of thousands of objects and no cycles: the search took a tenth of a run, and of the dashboard's start.
The modules loaded at the start are a hundred thousand more, and stay.

All of this applies to the whole process, so only the program calls it, never the library.
"""

from __future__ import annotations

import gc
import resource
import sys

# mallopt(3): parameters of <malloc.h>. Setting a threshold also stops glibc from moving it.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_OPTIONS = ((_M_ARENA_MAX, 2), (_M_TRIM_THRESHOLD, 128 * 1024), (_M_MMAP_THRESHOLD, 64 * 1024))


def tune_malloc() -> bool:
    """Tune malloc to return large blocks to the system once freed; false where the C library is not glibc."""
    import ctypes

    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return False
    return all(library.mallopt(option, value) == 1 for option, value in _OPTIONS)


def disable_core_dumps() -> None:
    """Keep the memory of a crash, with keys and passwords in it, from being written to a file; children inherit that.

    core(5): a limit of 0 does not count where the kernel pipes the memory to a program (systemd-coredump, apport), but
    one byte, which no core fits in, does: there Linux takes it for a crash of that program itself.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    limit = 1 if sys.platform == "linux" and most != 0 else 0
    resource.setrlimit(resource.RLIMIT_CORE, (limit, most))


GC_THRESHOLD = 50_000
"""About the number of objects of a page; Python's default is 700."""


def relax_gc() -> None:
    """Run the cyclic garbage collector about once a page."""
    gc.set_threshold(GC_THRESHOLD, 10, 10)


def disable_gc() -> None:
    """Disable the cyclic garbage collector while the program is loaded."""
    gc.disable()


def freeze_and_enable_gc() -> None:
    """Enable the cyclic garbage collector again, except for the objects that exist now."""
    gc.freeze()
    gc.enable()
