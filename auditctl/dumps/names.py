"""What the path of a file tells: an account, a region, an operation, the resource that an answer is about.

Untrusted. A name counts only where it is the name of something that another answer lists, and where nothing else in
that part of the path is unknown: `acme-logs-old.json` says nothing about the bucket acme-logs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from auditctl.dumps.shapes import SHAPES

_REGION = re.compile(r"(?<![a-z0-9])[a-z]{2}(?:-[a-z]+)+-[0-9](?![0-9a-z])")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
_WORD = re.compile(r"[a-z0-9]+")
_FULL = re.compile(
    r"(?:.*/)?(?P<path>(?P<account>[0-9]{12})/(?P<region>global|[a-z]{2}(?:-[a-z]+)+-[0-9])/"
    r"(?P<operation>[a-z][a-z0-9-]*/[a-z][a-z0-9-]*)(?:/.+)?\.json)"
)
_ENDINGS = (".json", ".txt", ".out", ".log")
_MAX_WORDS = 24  # of a name: more than any resource has
# Words that say nothing about which resource it is.
_PLAIN = frozenset("aws global of for the output out dump export response result about in on s3api details".split()) | {
    word for shape in SHAPES for word in _WORD.findall(shape.operation)
}

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """A resource that an answer lists: where it is, and its name in the paths of a snapshot."""

    account: str
    region: str
    name: str


@dataclass(slots=True)
class Index:
    """The resources that answers list, by kind and by the words of their names."""

    found: dict[str, dict[Words, set[Known]]] = field(default_factory=dict)

    def add(self, kind: str, known: Known) -> None:
        """Note a resource."""
        self.found.setdefault(kind, {}).setdefault(words_of(known.name), set()).add(known)

    def named(self, kind: str, path: str) -> tuple[int, frozenset[Known]]:
        """The resources of a kind whose name the path has, and the number of words of the name; the longest counts."""
        names = self.found.get(kind, {})
        best: tuple[int, frozenset[Known]] = (0, frozenset())
        for window in _windows(path) if names else ():
            for start, end in _spans(window):
                if end - start > best[0] and window[start:end] in names:
                    best = (end - start, frozenset(names[window[start:end]]))
        return best


def words_of(text: str) -> Words:
    """The words of a text, in lower case."""
    return tuple(_WORD.findall(text.lower()))


def stem_of(path: str) -> str:
    """The path without the ending of the file's name."""
    return next((path.removesuffix(ending) for ending in _ENDINGS if path.endswith(ending)), path)


def full_path(path: str) -> tuple[str, str] | None:
    """The path in a snapshot and its operation, where the path of the file ends with one."""
    match = _FULL.fullmatch(path)
    return (match["path"], match["operation"]) if match else None


def account_in(path: str) -> str:
    """The account in the path, the nearest one; empty where there is none, or several stand together."""
    return _nearest(_ACCOUNT, path)


def region_in(path: str) -> str:
    """The region in the path, the nearest one; empty where there is none, or several stand together."""
    return _nearest(_REGION, path)


def _nearest(pattern: re.Pattern[str], path: str) -> str:
    for part in reversed(stem_of(path).split("/")):
        found = {*pattern.findall(part)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def id_in(path: str, patterns: Iterable[str]) -> str:
    """The id that looks like the first of the patterns that the path has; empty where there is none, or several."""
    for pattern in patterns:
        bounded = re.compile(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])")
        if bounded.search(path):
            return _nearest(bounded, path)
    return ""


def folders_of(path: str) -> Iterator[str]:
    """The folders that a file is in, the nearest first; the last is empty."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def operations_in(path: str, operations: Iterable[str]) -> set[str]:
    """Those of the operations that the path names, by operation and service, by operation, or by service alone."""
    text = f"-{'-'.join(words_of(stem_of(path)))}-"
    every = {o: tuple(_words_in(part, text) for part in o.split("/")) for o in operations}
    verb = max((found for _, found in every.values()), default=0)
    left = {o: service for o, (service, found) in every.items() if found == verb}
    service = max(left.values(), default=0)
    return {o for o, found in left.items() if found == service} if verb or service else set()


def is_named(path: str, operation: str) -> bool:
    """Whether the path has the name of the operation, its service aside."""
    return _words_in(operation.partition("/")[2], f"-{'-'.join(words_of(stem_of(path)))}-") > 0


def _words_in(name: str, text: str) -> int:
    """How many words the name of a service or operation has, if they are in the text; else none."""
    words = words_of(name)
    return len(words) if f"-{'-'.join(words)}-" in text else 0


def _windows(path: str) -> Iterator[Words]:
    """The words of the last parts of a path, as long as those behind say nothing."""
    parts = [words_of(part) for part in stem_of(path).split("/")]
    for last in range(len(parts), 0, -1):
        for first in range(last - 1, -1, -1):
            yield tuple(word for part in parts[first:last] for word in part)
        if not _says_nothing(parts[last - 1]):
            return


def _spans(window: Words) -> Iterator[tuple[int, int]]:
    """Where in the words a name may be: around it are only words that say nothing, and behind it no numbers."""
    count = len(window)
    for start in range(count):
        if not _says_nothing(window[:start]):
            return
        for end in range(count, start, -1):
            if end - start <= _MAX_WORDS:
                yield start, end
            if not _is_plain(window[end - 1]):
                break


def _says_nothing(words: Sequence[str]) -> bool:
    return all(_is_plain(w) or w.isdecimal() or _is_place(w) for w in words)


def _is_plain(word: str) -> bool:
    return word in _PLAIN


def _is_place(word: str) -> bool:
    """Whether a word is a part of the names of regions."""
    return word in _PLACES


_PLACES = frozenset(
    "us eu ap sa ca me af il mx cn gov east west north south central northeast southeast southwest northwest".split()
)
