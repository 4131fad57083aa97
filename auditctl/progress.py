"""A progress bar on stderr, where that is a terminal and the work takes long enough to wonder.

Untrusted.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic

# Shorter work ends before a bar could be read.
PATIENCE_SECONDS = 1.0


@contextmanager
def progress(what: str, total: int) -> Generator[Callable[[], None], None, None]:
    """Yield the function that counts one step."""
    if not sys.stderr.isatty():
        yield _nothing
        return
    bar = _Bar(what, total)
    try:
        yield bar.advance
    finally:
        bar.close()


def _nothing() -> None:
    """Count a step that nobody watches."""


class _Bar:
    """The bar, shown when patience ends."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self.started = monotonic()
        self.close: Callable[[], None] = _nothing
        self.update: Callable[[int], None] | None = None

    def advance(self) -> None:
        """Count one step."""
        self.done += 1
        if self.update is None and monotonic() - self.started > PATIENCE_SECONDS:
            self._show()
        if self.update is not None:
            self.update(self.done)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        shown = Progress(*columns, console=Console(stderr=True), transient=True)
        task = shown.add_task(self.what, total=self.total)
        shown.start()
        self.close = shown.stop
        self.update = lambda done: shown.update(task, completed=done)
