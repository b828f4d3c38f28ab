"""Processes that start in milliseconds: forked from a server with the imports they need."""

import os
import signal
from functools import cache
from multiprocessing import get_context
from typing import Any


@cache
def processes(*imports: str) -> Any:
    """Return the ``multiprocessing`` context; its server begins to import *imports* meanwhile.

    Where processes cannot be forked, each imports by itself. Call it in the main thread.
    """
    if os.name != "posix":
        return get_context("spawn")
    from multiprocessing.forkserver import ensure_running, set_forkserver_preload

    set_forkserver_preload(list(imports))
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for this process alone
    ensure_running()
    signal.signal(signal.SIGINT, handler)
    return get_context("forkserver")  # not forked from here: this process may have threads
