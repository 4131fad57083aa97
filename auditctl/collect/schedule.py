"""Many calls at once, with a limit for each service.

Calls wait as iterators, so that ten thousand follow-ups take no more memory than the list that they come from.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from auditctl.collect.operation import Task

# Calls at once. IAM and AWS Organizations answer few a second for an account (their quotas), Amazon S3 thousands.
LIMITS: Mapping[str, int] = {"iam": 2, "organizations": 2, "apigateway": 2, "s3": 32, "ec2": 8, "kms": 8, "lambda": 8}
OTHERS = 4
# What a call leads to: more calls, by service.
More = Iterable[tuple[str, Iterator[Task]]]


class Waiting:
    """The calls that are to be made, by service, in the order in which they came."""

    def __init__(self, first: More) -> None:
        self._by_service: dict[str, deque[Iterator[Task]]] = {}
        self._busy: Counter[str] = Counter()
        self.add(first)

    def add(self, more: More) -> None:
        """Add calls."""
        for service, tasks in more:
            self._by_service.setdefault(service, deque()).append(tasks)

    def start(self) -> Task | None:
        """A call of a service that is below its limit, None where there is none. Services take turns."""
        for service in list(self._by_service):
            if self._busy[service] >= LIMITS.get(service, OTHERS):
                continue
            queue = self._by_service.pop(service)
            task = _next(queue)
            if task is not None:
                self._by_service[service] = queue  # behind the others
                self._busy[service] += 1
                return task
        return None

    def end(self, service: str) -> None:
        """Note that a call has ended."""
        self._busy[service] -= 1


def _next(queue: deque[Iterator[Task]]) -> Task | None:
    while queue:
        task = next(queue[0], None)
        if task is not None:
            return task
        queue.popleft()
    return None


def run(first: More, work: Callable[[Task], More], workers: int) -> None:
    """Make the calls, and those that they lead to. What one of them raises ends it, when those under way have ended."""
    waiting = Waiting(first)
    running: dict[Future[More], str] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="collect") as pool:
        while True:
            while len(running) < workers and (task := waiting.start()) is not None:
                running[pool.submit(work, task)] = task.operation.service
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                waiting.end(running.pop(done))
                waiting.add(done.result())
