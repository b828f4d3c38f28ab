"""Nothing that a test starts outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests import processes

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")  # one that nobody has asked for its exit code is dead
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


def test_past_its_deadline_a_command_is_killed_with_its_children() -> None:
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        processes.run(["sh", "-c", "sleep 60 & echo $!; wait"], cwd=ROOT, timeout=0.5)
    assert caught.value.stdout is not None
    assert wait_until_gone(int(caught.value.stdout))


@pytest.mark.skipif(not processes.dies_with_parent("KILL"), reason="Linux has it")
def test_a_command_dies_with_a_killed_parent() -> None:
    code = (
        "from pathlib import Path; from tests import processes; import time\n"
        "child = processes.start(['sh', '-c', 'echo $$; exec sleep 60'], cwd=Path('.'))\n"
        "print(child.stdout.readline(), flush=True)\n"
        "time.sleep(60)"
    )
    parent = processes.start([sys.executable, "-c", code], cwd=ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert wait_until_gone(child)


@pytest.mark.slow
@pytest.mark.postgres
def test_the_server_ends_when_its_last_user_is_killed() -> None:
    code = (
        "import sys, time; from tests.postgres import Server\n"
        "server = Server(sys.argv[1])\n"
        "with server.database():\n"
        "    data = server.folder / 'data' / 'postmaster.pid'\n"
        "    print(server.folder, data.read_text().split()[0], flush=True)\n"
        "    time.sleep(60)"
    )
    users = [sys.executable, "-c", code, uuid4().hex[:12]]
    first, second = (processes.start(users, cwd=ROOT) for _ in range(2))
    assert first.stdout is not None
    assert second.stdout is not None
    said = first.stdout.readline()
    assert said == second.stdout.readline()
    folder, pid = said.split()

    first.kill()
    first.communicate()
    time.sleep(0.3)
    assert is_alive(int(pid)), "the second still uses it"

    second.kill()
    second.communicate()
    assert wait_until_gone(int(pid))
    deadline = time.monotonic() + 20
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(folder).exists()
