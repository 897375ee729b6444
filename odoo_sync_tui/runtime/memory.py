"""Memory tuning of a process: malloc keeps a long run's memory flat, and garbage collection stays cheap.

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
