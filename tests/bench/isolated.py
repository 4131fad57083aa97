"""Running a measurement in a process of its own, so that none warms the caches of the next.

It also keeps the process that starts `auditctl check` small: on Linux the peak memory of a child is at
least that of its parent when it was started.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def isolated(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of the function, called in a fresh process. The function is one of a module."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()
