"""How far a collection is, on stderr: the account, its regions and services. Quiet where that is no terminal."""

import sys
from collections import Counter
from collections.abc import Callable
from threading import Lock

from auditctl.collect.operation import Task


class Watch:
    """Counts calls by region and service. `show` gets the text; without one a terminal is needed."""

    def __init__(self, show: Callable[[str], None] | None = None) -> None:
        self._show = show
        self._lock = Lock()
        self._account, self._done = "", 0
        self._running: Counter[tuple[str, str]] = Counter()
        self._close: Callable[[], None] = _nothing
        if show is None and sys.stderr.isatty():
            self._open()

    def _open(self) -> None:
        from rich.console import Console

        status = Console(stderr=True).status("collecting")
        status.start()
        self._show, self._close = status.update, status.stop

    def account(self, name: str, number: int, total: int) -> None:
        """Begin an account."""
        self._account = f"account {name} ({number} of {total})"
        self._done = 0
        self._tell()

    def start(self, task: Task) -> None:
        """A call begins."""
        with self._lock:
            self._running[task.where.folder, task.operation.service] += 1

    def end(self, task: Task) -> None:
        """A call has ended."""
        with self._lock:
            self._done += 1
            self._running[task.where.folder, task.operation.service] -= 1
            self._tell()

    def _tell(self) -> None:
        if self._show is None:
            return
        regions: dict[str, list[str]] = {}
        for (region, service), number in sorted(self._running.items()):
            if number:
                regions.setdefault(region, []).append(service)
        now = "; ".join(f"{region}: {', '.join(services)}" for region, services in regions.items())
        self._show(f"{self._account}: {self._done} calls; {now}")

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._close()


def _nothing() -> None:
    """Nothing to close."""
