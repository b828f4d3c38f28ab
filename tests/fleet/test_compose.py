"""The compose file and the Dockerfile: what can be known of them without an engine."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from kompas_crawler import settings
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def instructions(name: str) -> list[str]:
    """The arguments of each instruction *name* of the Dockerfile."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def test_one_has_the_schedule_and_the_others_work(services: dict[str, Any]) -> None:
    assert services.keys() == {"postgres", "schedule", "worker"}
    assert services["schedule"]["command"] == ["worker", "--schedule"]
    assert services["worker"]["command"] == ["worker"]
    assert services["worker"]["deploy"] == {"replicas": "${WORKERS:-1}"}


@pytest.mark.parametrize("name", ["schedule", "worker"])
def test_a_worker_has_no_rights(services: dict[str, Any], name: str) -> None:
    worker = services[name]
    assert worker["read_only"] is True
    assert worker["cap_drop"] == ["ALL"]
    assert worker["security_opt"] == ["no-new-privileges:true"]
    assert worker["mem_limit"] == "1g"
    assert "ports" not in worker
    assert "volumes" not in worker


@pytest.mark.parametrize("name", ["postgres", "schedule", "worker"])
def test_the_log_of_a_container_is_bounded(services: dict[str, Any], name: str) -> None:
    assert services[name]["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def test_a_server_that_prepares_its_volume_does_not_count_as_healthy(
    services: dict[str, Any],
) -> None:
    assert "pg_isready -h 127.0.0.1 " in services["postgres"]["healthcheck"]["test"][1]


def test_the_file_of_passwords_is_not_committed() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_settings_are_those_there_are(services: dict[str, Any]) -> None:
    names = services["worker"]["environment"].keys()
    names |= {name for line in instructions("ENV") for name in re.findall(r"(KOMPAS_\w+)=", line)}
    assert {name for name in names if not hasattr(settings, name)} == set()


def test_passwords_are_asked_for_and_not_written_down(services: dict[str, Any]) -> None:
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:?}"
    assert "ports" not in services["postgres"]


def test_the_image_runs_as_nobody_and_copies_what_there_is() -> None:
    assert instructions("USER") == ["10001:10001"]
    (environment,) = instructions("ENV")
    assert "HOME=/tmp" in environment.split()
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    sources = [
        word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]
    ]
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in allowed
