"""Patterns of the kernel as regular expressions. Untrusted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from auditctl.smt.regular import MAX_CHARACTER
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, unfold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pysmt.fnode import FNode

    from auditctl.smt.regular import Terms

    Texts = Mapping[str, FNode]  # from the mark of a hole to the string term that fills it


class NotExpressible(Exception):
    """The question has no translation into SMT-LIB. The message is the reason, lower case, one line."""


class Patterns:
    """Makes the terms for the patterns of one question."""

    def __init__(self, terms: Terms) -> None:
        """Make the parts that all patterns share."""
        self._terms = terms
        self._make = terms.manager
        before = terms.re_range("\0", chr(ord(":") - 1))
        behind = terms.re_range(chr(ord(":") + 1), MAX_CHARACTER)
        not_colon = terms.re_union([before, behind])
        self._wildcards = {
            STAR: terms.re_all(),
            ANY: terms.re_allchar(),
            SEG_STAR: terms.re_star(not_colon),
            SEG_ANY: not_colon,
        }

    def in_any(self, value: FNode, patterns: Iterable[str]) -> FNode:
        """The value matches one of the patterns, none of which has a hole.

        Equations and one membership: with other splits of the union Z3 took two to five times longer.
        """
        texts, regular = [], []
        for pattern in patterns:
            if any(map(_is_mark, pattern)):
                regular.append(self._regular(pattern, {}))
            else:
                texts.append(self._make.Equals(value, self.text(pattern)))
        if regular:
            texts.append(self._terms.in_re(value, self._terms.re_union(regular)))
        return self._make.Or(texts)

    def matches(self, value: FNode, pattern: str, texts: Texts) -> FNode:
        """The value matches a pattern with holes.

        An equation or a prefix where the pattern allows it, which solvers know better than membership.
        """
        body = pattern.removesuffix(STAR)
        if any(_is_mark(c) and c not in texts for c in body):
            return self._terms.in_re(value, self._regular(pattern, texts))
        parts = [texts.get(piece) or self.text(piece) for piece in _pieces(body)] or [self.text("")]
        joined = self._make.StrConcat(parts) if len(parts) > 1 else parts[0]
        return self._make.Equals(value, joined) if body == pattern else self._make.StrPrefixOf(joined, value)

    def text(self, text: str) -> FNode:
        """A constant."""
        for char in text:
            if _is_mark(char) or char > MAX_CHARACTER:
                raise NotExpressible(f"the character U+{ord(char):04X} is not in the alphabet of SMT-LIB")
        return self._make.String(text)

    def _regular(self, pattern: str, texts: Texts) -> FNode:
        parts = [self._piece(piece, texts) for piece in _pieces(pattern)]
        return self._terms.re_concat(parts or [self._terms.to_re(self.text(""))])

    def _piece(self, piece: str, texts: Texts) -> FNode:
        wildcard = self._wildcards.get(piece)
        if wildcard is not None:
            return wildcard
        letter = unfold(piece) if len(piece) == 1 else None
        if letter is not None:
            return self._terms.re_union([self._terms.to_re(self.text(c)) for c in (letter, letter.upper())])
        return self._terms.to_re(texts.get(piece) or self.text(piece))


_PIECE = re.compile(r"[\ud800-\udfff]|[^\ud800-\udfff]+")


def _pieces(pattern: str) -> list[str]:
    """The pattern in order: runs of literal characters, and marks one by one."""
    return _PIECE.findall(pattern)


def _is_mark(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"
