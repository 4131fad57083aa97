"""One server for all tests of a process, with an account that is filled once."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collect import estate
from collect.proxy import Proxy, proxy
from collect.server import environment, moto

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A server with a filled account, and a proxy in front of it."""

    address: str
    proxy: Proxy

    def begin(self, *words: str, **environ: str) -> subprocess.Popen[str]:
        """Begin `auditctl` as a user does."""
        own = environment(self.address, self.proxy.address, **environ)
        return subprocess.Popen(
            [sys.executable, "-m", "auditctl", *words],
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **environ: str) -> tuple[int, str, str]:
        """Run `auditctl`: the exit code, what it prints and what it says."""
        with self.begin(*words, **environ) as process:
            printed, said = process.communicate(timeout=120)
            return process.returncode, printed, said

    def collect(self, out: Path, *words: str, **environ: str) -> tuple[int, str, str]:
        """Run `auditctl collect` in one region; what was asked is noted anew."""
        self.proxy.asked.clear()
        region = () if "--resume" in words else ("--region", "eu-west-1")
        return self.run("collect", str(out), *region, *words, **environ)


@pytest.fixture(name="live", scope="session")
def start_live() -> Iterator[Live]:
    with moto() as address, proxy(address) as before:
        estate.fill(address)
        yield Live(address=address, proxy=before)


@pytest.fixture(name="whole", scope="session")
def collect_whole(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of the account, collected without a fault."""
    out = tmp_path_factory.mktemp("whole") / "snapshot"
    code, _, said = live.collect(out)
    assert (code, said) == (3, "")  # moto has not every service
    return out


@pytest.fixture(autouse=True)
def mend(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing is broken at the beginning of a test."""
    yield
    if "live" in request.fixturenames:
        request.getfixturevalue("live").proxy.breaks = lambda _: None
