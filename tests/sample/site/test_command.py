"""``scrapy sample-site``: one line when it is ready, one when it cannot, and a clean end."""

from __future__ import annotations

import argparse
import http.client
import re
import signal
import socket
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from scrapy.settings import Settings

from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.sample.site.site import Site
from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from scrapy.commands import ScrapyCommand


def run(*arguments: str) -> ScrapyCommand:
    """The command after it ran in this process with *arguments*."""
    command: ScrapyCommand = import_module("kompas_crawler.commands.sample-site").Command()
    command.settings = Settings()
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    for name in ("articles", "port", "seed"):
        parser.add_argument(f"--{name}", default="1")
    parser.add_argument("--web-archives")
    options, rest = parser.parse_known_args(arguments)
    command.run(rest, options)
    return command


@pytest.mark.slow
def test_it_serves_until_it_is_stopped() -> None:
    words = ["sample-site", "--articles", "40", "--port", "0"]
    process = processes.start([sys.executable, "-m", "scrapy", *words], cwd=ROOT)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        match = re.fullmatch(r"sample site: 40 articles at http://127\.0\.0\.1:(\d+)\n", said)
        assert match, said
        connection = http.client.HTTPConnection("127.0.0.1", int(match[1]), timeout=10)
        connection.request("GET", "/money.kompas.com/")
        front = connection.getresponse().read()
        process.send_signal(signal.SIGTERM)  # with the connection still open
        out, err = process.communicate(timeout=20)
        connection.close()
    finally:
        processes.kill(process)
    assert front == Replies(Site(40)).answer("https://money.kompas.com/").body
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--web-archives", "nowhere/*.warc.gz"), "--web-archives nowhere/*.warc.gz names no file"),
        (("--articles", "0"), "--articles='0' is not a whole number from 1 to 10000000"),
        (("--port", "satu"), "--port='satu' is not a whole number from 0 to 65535"),
        (("--artikel=3",), "unknown option --artikel=3; see --help"),
    ],
)
def test_a_wrong_argument_is_one_line(
    arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments).exitcode == 2
    assert capsys.readouterr() == ("", f"scrapy sample-site: {line}\n")


def test_a_taken_port_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run("--port", str(port)).exitcode == 1
    line = f"cannot listen on port {port}: Address already in use"
    assert capsys.readouterr() == ("", f"scrapy sample-site: {line}\n")
