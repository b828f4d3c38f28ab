"""Print or install a schedule: ``make schedule ARGS="[systemd|cron] [options] [-- COMMAND ...]"``.

Without ``systemd`` or ``cron`` it prints both and installs nothing. COMMAND is that of a sweep,
``crawl kompas``, or any ``scrapy`` commands, separated by ``--then``. Any Python 3.8 runs this
file: it may come before ``.venv``.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import zlib
from datetime import datetime, timedelta, timezone
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, NoReturn
from urllib.parse import unquote

PROJECT = Path(__file__).resolve().parent.parent
SWEEP = "kompas-crawler"
WIB = timezone(timedelta(hours=7))
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
LOG_BLOCKS = 20_000
"""Size of a log, in blocks of 512 bytes, at which cron's next run keeps it as ``.1``: 10 MB."""

_NAMES = ("help", "logfile", "loglevel", "nolog", "pdb", "pidfile", "profile", "set")
OF_ALL = {f"--{name}" for name in _NAMES}
"""The options of all commands, which are Scrapy's."""


class Refused(Exception):  # noqa: N818
    """A schedule that cannot be written."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise Refused(f"{message}; commands and their options stand after --")


class When(NamedTuple):
    """Lines of a systemd timer, and the time fields of cron lines."""

    timer: list[str]
    cron: list[str]


def every(text: str) -> When:
    """Every N minutes (15) or hours (2h).

    >>> every("15").cron, every("2h").timer
    (['*/15 * * * *'], ['OnCalendar=0/2:00', 'RandomizedDelaySec=120'])
    """
    match = re.fullmatch(r"(\d{1,2})(h?)", text)
    number, is_hours = (int(match[1]), bool(match[2])) if match else (0, False)
    whole = 24 if is_hours else 60
    if not 0 < number < whole or whole % number:
        raise Refused(f"--every {text}: write minutes that divide an hour, such as 15, or 1h, 6h")
    calendar = f"0/{number}:00" if is_hours else f"*:0/{number}"
    cron = f"0 */{number} * * *" if is_hours else f"*/{number} * * * *"
    return When([f"OnCalendar={calendar}", "RandomizedDelaySec=120"], [cron])


def at(texts: list[str]) -> When:
    """At times of day, on all days or on some.

    >>> at(["06:00", "Mon-Wed,Sat 18:30"]).timer
    ['OnCalendar=*-*-* 06:00:00', 'OnCalendar=Mon,Tue,Wed,Sat *-*-* 18:30:00']
    >>> at(["06:00", "Mon-Wed,Sat 18:30"]).cron
    ['0 6 * * *', '30 18 * * 1,2,3,6']
    """
    found = When([], [])
    for text in texts:
        match = re.fullmatch(r"(?:(\S+) )?([01]?\d|2[0-3]):([0-5]\d)", text)
        if not match:
            raise Refused(
                f"--at {text}: write a time such as 06:00, or 'Mon-Fri 06:00'; repeat --at for more"
            )
        days = _days(match[1]) if match[1] else []
        hour, minute = int(match[2]), int(match[3])
        names = ",".join(DAYS[day] for day in days)
        found.timer.append(f"OnCalendar={names} *-*-* {hour:02}:{minute:02}:00".replace("= ", "="))
        found.cron.append(f"{minute} {hour} * * {','.join(map(str, days)) or '*'}")
    return found


def _days(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        ends = [name.capitalize() for name in part.split("-")]
        if len(ends) > 2 or not set(ends) <= set(DAYS):
            raise Refused(f"--at {text} ...: the days are {', '.join(DAYS)}, such as Mon-Fri")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found += [day % 7 for day in range(first, last + 1 + 7 * (last < first))]
    return found


class Schedule(NamedTuple):
    """What to run, in which folder, and when."""

    project: Path
    name: str
    commands: list[list[str]]
    when: When

    @property
    def line(self) -> str:
        """The commands for ``sh``: all of them run; the exit code is that of the last failure."""
        runs = [f".venv/bin/python -m scrapy {shlex.join(words)}" for words in self.commands]
        if len(runs) == 1:
            return f"exec {runs[0]}"
        return "code=0; " + "; ".join(f"{run} || code=$?" for run in runs) + "; exit $code"

    @property
    def log(self) -> str:
        """The log of cron's runs."""
        return "data/crawl.log" if self.name == SWEEP else f"data/{self.name}.log"

    def writable(self) -> list[Path]:
        """The folders that the commands write to."""
        words = [word for command in self.commands for word in command]
        given = _settings("\n".join(words))
        settings = {**_settings(_read(self.project / "data" / "environment")), **given}
        found = [self.project / "data"]
        url = re.match(r"sqlite(?:\+\w+)?:///([^?]+)", settings.get("KOMPAS_DATABASE_URL", ""))
        if url:
            found.append((self.project / unquote(url[1])).parent)
        if settings.get("KOMPAS_HEALTH_FILE"):
            found.append((self.project / settings["KOMPAS_HEALTH_FILE"]).parent)
        if settings.get("KOMPAS_WARC_DIR"):
            found.append(self.project / settings["KOMPAS_WARC_DIR"])
        found += [(self.project / word).parent for word in words if _is_file(word)]
        found = sorted({Path(os.path.normpath(path)) for path in found})
        return [path for path in found if not set(path.parents) & set(found)]

    def units(self) -> dict[str, str]:
        """The files of systemd."""
        description = "Kompas.com: " + ", then ".join(map(shlex.join, self.commands))
        values = {
            "DESCRIPTION": description.replace("%", "%%"),
            "FOLDER": str(self.project).replace("%", "%%"),
            "COMMAND": _quoted(self.line).replace("$", "$$"),
            "WRITABLE": " ".join(_quoted(str(path)) for path in self.writable()),
            "WHEN": "\n".join(self.when.timer),
        }
        found = {}
        for kind in ("service", "timer"):
            template = _read(self.project / "deploy" / f"{SWEEP}.{kind}")
            filled = re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], template)
            found[f"{self.name}.{kind}"] = filled
        return found

    def cron_lines(self) -> list[str]:
        """The lines of a crontab, one for each time; % is cron's line break."""
        rotate = f"find {self.log} -size +{LOG_BLOCKS} -exec mv {{}} {self.log}.1 ';' 2>/dev/null"
        run = f"{self._cd} || exit; {rotate}; {{ {self.line}; }} >>{self.log} 2>&1 # {self.name}"
        return [f"{fields} {run}".replace("%", "\\%") for fields in self.when.cron]

    @property
    def _cd(self) -> str:
        return f"cd {shlex.quote(str(self.project))}"

    def is_ours(self, line: str) -> bool:
        """Whether an earlier installation wrote the crontab's *line*, here or before a move."""
        own = f" {self._cd} ".replace("%", "\\%") in line
        former = self.name == SWEEP and line.endswith("scrapy crawl kompas >>data/crawl.log 2>&1")
        if not line.endswith(f" # {self.name}"):
            return own and former
        place = re.search(r" cd (.+?) \|\| exit; find ", line.replace("\\%", "%"))
        return own or bool(place and not Path(*shlex.split(place[1])).is_dir())


def _is_file(word: str) -> bool:
    """Whether a word of a command may name a file to write, such as an export."""
    is_named = word.startswith("/") or re.search(r"\.[A-Za-z]\w{1,7}(\.gz)?(:\w+)?$", word)
    return bool(is_named and not re.match(r"-|[^/]*=|\w+://", word))


def _quoted(text: str) -> str:
    """Quote a word of a unit file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _settings(text: str) -> dict[str, str]:
    """The settings in lines ``NAME=VALUE``.

    >>> _settings("KOMPAS_WARC_DIR='my warc' # here")
    {'KOMPAS_WARC_DIR': 'my warc'}
    """
    found = re.findall(
        r"""^\s*(?:export\s+)?([A-Za-z_]+)\s*=\s*(?:"(.*?)"|'(.*?)'|(.*?))\s*(?:\s#.*)?$""",
        text,
        re.MULTILINE,
    )
    return {name: "".join(values) for name, *values in found}


def parse(words: list[str], project: Path = PROJECT) -> tuple[Schedule, str | None]:
    """Return the schedule, and the scheduler to install it with, if any."""
    cut = words.index("--") if "--" in words else len(words)
    parser = Parser(
        prog="make schedule",
        usage='make schedule ARGS="[systemd|cron] [options] [-- COMMAND ...]"',
        epilog="COMMAND is any scrapy command, by default crawl kompas; --then adds another one. "
        "How to remove a schedule: docs/operating.md",
    )
    parser.add_argument("scheduler", nargs="?", choices=["systemd", "cron"])
    parser.add_argument("--at", action="append", metavar="TIME", help="06:00, or 'Mon-Fri 06:00'")
    parser.add_argument("--every", metavar="N", help="minutes, or hours: 6h; by default 15")
    parser.add_argument("--name", help="name of the units and of the log")
    for word in words[:cut]:  # else the value of a misspelt option would be called wrong
        if word[:2] == "--" and word.partition("=")[0] not in (
            "--at",
            "--every",
            "--name",
            "--help",
        ):
            raise Refused(f"unknown option {word}; commands and their options stand after --")
    opts = parser.parse_args(words[:cut])
    if opts.at and opts.every is not None:
        raise Refused("--at and --every: choose one")
    commands: list[list[str]] = [[]]
    for word in words[cut + 1 :]:
        if word == "--then":
            commands.append([])
        else:
            commands[-1].append(word)
    if cut == len(words):
        commands = [["crawl", "kompas"]]
    commands = [line[line[:1] == ["scrapy"] :] for line in commands]
    if not all(commands):
        raise Refused("a command is missing after -- or --then")
    name = (
        opts.name
        if opts.name is not None
        else (SWEEP if commands == [["crawl", "kompas"]] else _name(commands))
    )
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise Refused("--name takes letters, digits, dots and hyphens")
    _refuse_unknown(commands, project)
    when = at(opts.at) if opts.at else every("15" if opts.every is None else opts.every)
    schedule = Schedule(project, name, commands, when)
    if re.search(r"[\x00-\x1f\\]", f"{project}{schedule.line}"):
        raise Refused("a backslash or line break in a folder or command cannot be scheduled")
    return schedule, opts.scheduler


def _refuse_unknown(commands: list[list[str]], project: Path) -> None:
    """Raise ``Refused`` for a command, an option or a spider's argument that there is not.

    A schedule with one would fail at each of its times.
    """
    known = {path.stem for path in (project / "kompas_crawler/commands").glob("*")}
    options = _listed(project, "commands", r"`(?:-\w, )?(--[\w-]+)")
    arguments = _listed(project, "spiders", r"`(\w+)`")
    for name, *words in commands:
        if known and name not in known:
            raise Refused(f"{name!r} is no command of this project{_hint(name, known)}")
        own = options.get(name, set())
        for word in [word.partition("=")[0] for word in words if word.startswith("--")]:
            if options and not any(one.startswith(word) for one in own | OF_ALL):  # or shortened
                raise Refused(f"scrapy {name} has no option {word}{_hint(word, own)}")
        spider = arguments.get(words[0] if name == "crawl" and words else "", set())
        given = [words[n + 1] for n, word in enumerate(words[:-1]) if word == "-a"]
        for argument in [word.partition("=")[0] for word in given]:
            if spider and argument not in spider and argument[:1] != "_":
                raise Refused(
                    f"crawl {words[0]} has no argument {argument}{_hint(argument, spider)}"
                )


def _listed(project: Path, name: str, pattern: str) -> dict[str, set[str]]:
    """The names in the tables of a page of the reference, by the title of their part."""
    parts = re.split(r"^## ", _read(project / "docs/reference" / f"{name}.md"), flags=re.M)[1:]
    rows = re.compile(rf"^\| {pattern}", re.M)
    return {part.partition("\n")[0]: set(rows.findall(part)) for part in parts}


def _hint(word: str, known: set[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _name(commands: list[list[str]]) -> str:
    """A name that says what the commands do.

    >>> _name([["crawl", "kompas", "-a", "limit=9"], ["export", "data/a.csv", "--tag", "b"]])
    'kompas-crawl-kompas-limit-9-export-data-a-csv-b'
    """
    line = " ".join(word for command in commands for word in command if word[:1] != "-")
    name = "-".join(["kompas", *re.findall("[A-Za-z0-9]+", line)])
    return name if len(name) <= 50 else f"{name[:41]}-{zlib.crc32(line.encode()):08x}"


def show(schedule: Schedule) -> None:
    """Print the units and the crontab lines."""
    print("# Prefer systemd if it is available: it catches up after a pause and keeps a journal.")
    print("# Nothing is installed yet; to install, add systemd or cron to ARGS.")
    print(*(f"# {line}" for line in _zone(schedule.when)), sep="\n")
    for name, text in schedule.units().items():
        print(f"\n# --- {name}\n{text}", end="")
    print("\n# --- crontab", *schedule.cron_lines(), sep="\n", flush=True)


def _zone(when: When) -> list[str]:
    """Lines that say what the times mean."""
    lines = [f"The times are in the time zone of this machine: {time.strftime('%Z (%z)')}."]
    if time.strftime("%z") != "+0700":
        today = datetime.now().astimezone()
        times = re.findall(r"(\d\d):(\d\d):00", "\n".join(when.timer))
        for hour, minute in times or [("12", "00")]:
            there = today.replace(hour=int(hour), minute=int(minute)).astimezone(WIB)
            lines.append(f"{hour}:{minute} here is {there:%H:%M} in Jakarta (WIB).")
    return lines


def install_systemd(schedule: Schedule) -> None:
    """Write the units of this user, and enable the timer if systemd answers."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    home.mkdir(parents=True, exist_ok=True)
    units = schedule.units()
    former = _read(home / f"{schedule.name}.service")
    place = Path(*re.findall(r"^WorkingDirectory=(.+)$", former.replace("%%", "%"), re.MULTILINE))
    if former and place != schedule.project and place.is_dir():  # a folder that was moved is not
        raise Refused(f"{schedule.name} is scheduled for {place}; choose another --name")
    for name, text in units.items():
        (home / name).write_text(text, encoding="utf-8")
    timer = f"{schedule.name}.timer"
    print(f"Written to {home}: {', '.join(units)}")
    enable = ["systemctl", "--user", "enable", "--now", timer]
    if shutil.which("systemctl") and not _fails(["systemctl", "--user", "daemon-reload"]):
        subprocess.run(enable, check=True)
        print(f"The timer is enabled. To list it: systemctl --user list-timers {timer}")
        print(f"To see what it wrote: journalctl --user -u {schedule.name}")
        print("To run it while you are logged out: loginctl enable-linger")
    else:
        print("systemd is not available for this user. To start the timer later:")
        print(f"  {shlex.join(enable)}")


def _fails(command: list[str]) -> bool:
    return bool(subprocess.run(command, capture_output=True, check=False).returncode)


def install_cron(schedule: Schedule) -> None:
    """Add the lines to this user's crontab, in place of earlier ones of this schedule."""
    if not shutil.which("crontab"):
        raise Refused("there is no crontab on this machine")
    found = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    if found.returncode and "no crontab" not in found.stderr.lower():
        raise Refused(f"the crontab cannot be read: {found.stderr.strip()}")
    kept = [line for line in found.stdout.splitlines() if not schedule.is_ours(line)]
    text = "\n".join([*kept, *schedule.cron_lines(), ""])
    subprocess.run(["crontab", "-"], input=text, text=True, check=True)
    print("Installed for this user:", *schedule.cron_lines(), sep="\n")


def main(words: list[str]) -> int:
    """Run the script; return its exit code."""
    try:
        schedule, scheduler = parse(words)
        if scheduler is None:
            show(schedule)
        else:
            environment = schedule.project / "data" / "environment"
            for folder in schedule.writable():
                folder.mkdir(parents=True, exist_ok=True)
            os.close(os.open(environment, os.O_CREAT, 0o600))  # private, for tokens
            (install_systemd if scheduler == "systemd" else install_cron)(schedule)
            if any("*-*-*" in line for line in schedule.when.timer):
                print(*_zone(schedule.when), sep="\n")
            print(f"Settings go into {environment}")
            if not (schedule.project / ".venv" / "bin" / "python").exists():
                print("Install the crawler, too: make install")
        _warn(schedule.project)
    except Refused as error:
        sys.stderr.write(f"make schedule: {error}\n")
        return 2
    except BrokenPipeError:  # its reader has left, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        what = f"cannot write {error.filename}: " if error.filename else ""
        sys.stderr.write(f"make schedule: {what}{error.strerror}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"make schedule: {error}\n")
        return 1
    return 0


def _warn(project: Path) -> None:
    """Name the settings of this shell that a scheduled command does not see."""
    known = _settings(_read(project / "data" / "environment"))
    missing = {n for n in os.environ if re.match("KOMPAS_|https?_proxy", n)} - set(known)
    if missing:
        names = ", ".join(sorted(missing))
        sys.stderr.write(
            f"make schedule: a schedule does not see {names} of this shell; write what it needs "
            "into data/environment\n"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
