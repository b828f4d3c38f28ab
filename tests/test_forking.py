"""Processes forked from a server that has imported the program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="processes are not forked from a server")
def test_ctrl_c_leaves_the_other_processes_alone(tmp_path: Path) -> None:
    """A terminal sends it to all of them, also while their server imports the program."""
    program = """
import os, signal
from kompas_crawler.forking import processes
signal.signal(signal.SIGINT, lambda *_: None)
forked = processes('kompas_crawler.warc.ranges')
os.killpg(os.getpgid(0), signal.SIGINT)
one = forked.Process(target=print, args=("read",))
one.start()
one.join()
assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
"""
    environment = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    done = processes.run(command, cwd=tmp_path, env=environment, timeout=60)
    assert (done.stdout, done.stderr) == ("read\n", "")
