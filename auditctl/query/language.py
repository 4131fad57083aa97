"""Questions on the command line: a tiny fixed grammar, from text to who, what, where and when.

Untrusted. Words are separated by spaces; a word in quotes may hold spaces. Commas and `or` separate
alternatives.

    query     = "who" "can" what | "can" whom what
    what      = actions [ "on" resources ] [ "when" condition { "and" condition } ]
    whom      = "anyone" | "anonymous" | "root" [ "of" ACCOUNT ] | "account" ACCOUNT | "service" NAME
              | [ "role" | "user" ] NAME | ARN
    resources = ARN | "*" | "bucket" NAME, separated
    condition = KEY "is" [ "not" ] values | KEY "is" ( "present" | "absent" )
              | KEY ( "<" | "<=" | ">" | ">=" ) VALUE
"""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from auditctl.controls.errors import enumerate_words, quote, suggest
from auditctl.query.condition import SIGNS, When, compared, equal, parse_condition
from auditctl.query.terms import QueryError, is_action, parse_account, parse_action, parse_key, parse_resource

EXAMPLES = (
    "who can s3:GetObject on arn:aws:s3:::acme-logs/*",
    "can role deploy iam:PassRole",
    "can anonymous s3:* on bucket acme-web when aws:SecureTransport is false",
)
_KINDS = ("role", "user")
_SELECTED = ("anyone", "anonymous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Whose requests are asked about. `kind` is `everyone` or one of the words of the grammar; `name` a name or ARN."""

    kind: str = "everyone"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question: whether somebody may make a request of this kind."""

    whom: Whom = Whom()
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    conditions: tuple[When, ...] = ()


def parse_query(text: str) -> Query:
    """The query that a text says. Raises `QueryError`."""
    reader = _Words(_split(text))
    query = reader.read()
    reader.end()
    return query


def make_query(
    text: str | None,
    *,
    principal: str | None = None,
    actions: Iterable[str] = (),
    resources: Iterable[str] = (),
    conditions: Iterable[str] = (),
) -> Query:
    """The query of a text and of options, which add to it. Raises `QueryError`."""
    query = parse_query(text) if text else Query()
    if principal is not None:
        if query.whom.kind != "everyone":
            raise QueryError(
                f"the query names {quote(query.whom.name or query.whom.kind)}, and --principal another one"
            )
        query = replace(query, whom=_whom_of(_Words(_split(principal)), "--principal"))
    found = replace(
        query,
        actions=(*query.actions, *(parse_action(a) for a in actions)),
        resources=(*query.resources, *(parse_resource(r) for r in resources)),
        conditions=(*query.conditions, *(parse_condition(c) for c in conditions)),
    )
    if not found.actions:
        raise QueryError(f"no action to ask about; a query is like {enumerate_words(EXAMPLES)}")
    return found


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text.strip().removesuffix("?"), posix=True) if text.strip() else []
    except ValueError as error:
        raise QueryError(f"{quote(text)}: {str(error).lower()}") from None


class _Words:
    """The words of a query, read from left to right."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.place = 0

    def read(self) -> Query:
        """The whole query."""
        first = self.next("a query begins with `who can` or `can`")
        if first.lower() == "who":
            self.expect("can", "`who` is followed by `can`")
            whom = Whom()
        elif first.lower() == "can":
            whom = _whom(self)
        else:
            hint = suggest(first, ("who", "can"))
            raise QueryError(f"a query begins with `who can` or `can`, not {quote(first)}{hint}")
        actions = tuple(parse_action(word) for word in self.listed("an action", ("on", "when")))
        resources: tuple[str, ...] = ()
        if self.take("on"):
            resources = tuple(self._resources())
        conditions: list[When] = []
        if self.take("when"):
            conditions.append(self._condition())
            while self.take("and"):
                conditions.append(self._condition())
        return Query(whom=whom, actions=actions, resources=resources, conditions=tuple(conditions))

    def peek(self) -> str:
        """The next word, empty at the end."""
        return self.words[self.place] if self.place < len(self.words) else ""

    def next(self, expected: str) -> str:
        """The next word, taken."""
        if self.place >= len(self.words):
            raise QueryError(f"the query ends too soon: {expected}")
        self.place += 1
        return self.words[self.place - 1]

    def take(self, word: str) -> bool:
        """Take the word if it is next."""
        found = self.peek().lower() == word
        self.place += found
        return found

    def expect(self, word: str, expected: str) -> None:
        """Take the word, which must be next."""
        if not self.take(word):
            found = quote(self.peek()) if self.peek() else "the end"
            raise QueryError(f"{expected}, not by {found}{suggest(self.peek(), (word,))}")

    def end(self) -> None:
        """Refuse words that are left."""
        if self.place < len(self.words):
            word = self.peek()
            raise QueryError(
                f"{quote(word)} is not understood here; `on`, `when`, `and` or the end is expected"
                f"{suggest(word, ('on', 'when', 'and', 'or'))}"
            )

    def listed(self, what: str, stops: Sequence[str]) -> list[str]:
        """One or more words separated by commas or `or`."""
        found = []
        while True:
            word = self.next(f"{what} is expected")
            if word.lower() in stops:
                raise QueryError(f"{what} is expected before {quote(word)}")
            found += [part for part in (word.removesuffix(","),) if part]
            if not (self.take("or") or word.endswith(",") or self.take(",")):
                return found

    def _resources(self) -> list[str]:
        found: list[str] = []
        while True:
            word = self.next("a resource is expected after `on`")
            named = f"bucket {self.next('the name of a bucket is expected')}" if word.lower() == "bucket" else word
            found.append(parse_resource(named.removesuffix(",")))
            if not (self.take("or") or named.endswith(",") or self.take(",")):
                return found

    def _condition(self) -> When:
        key = parse_key(self.next("a condition key is expected"))
        verb = self.next(f"`is` is expected after {quote(key)}")
        if verb in SIGNS:
            return compared(key, verb, self.next(f"a value is expected after {quote(verb)}"))
        if verb.lower() != "is":
            known = ("is", *SIGNS)
            raise QueryError(f"{quote(key)} is followed by {enumerate_words(known)}, not {quote(verb)}")
        if self.take("present") or self.take("absent"):
            absent = self.words[self.place - 1].lower() == "absent"
            return When(operator="Null", key=key, values=("true" if absent else "false",))
        inverted = self.take("not")
        return equal(key, self.listed("a value", ("and",)), inverted=inverted)


def _whom(words: _Words) -> Whom:
    """The principal after `can`."""
    word = words.next("whom the query is about")
    lower = word.lower()
    if lower in _SELECTED:
        return Whom(kind="everyone") if lower == "anyone" else Whom(kind=lower)
    if lower == "root":
        words.take("of")
        account = words.next("the account of the root user is expected") if words.peek().isdigit() else ""
        return Whom(kind="root", name=parse_account(account) if account else "")
    if lower == "account":
        return Whom(kind="account", name=parse_account(words.next("an account id is expected")))
    if lower in (*_KINDS, "service"):
        return Whom(kind=lower, name=words.next(f"the name of a {lower} is expected"))
    if is_action(word) and not words.peek():
        raise QueryError(f"`can` is followed by a principal, not {quote(word)}; did you mean `who can {word}`?")
    return Whom(kind="arn" if word.startswith("arn:") else "principal", name=word)


def _whom_of(words: _Words, where: str) -> Whom:
    found = _whom(words)
    if words.peek():
        raise QueryError(f"{where}: {quote(words.peek())} is not understood after {quote(found.name or found.kind)}")
    return found


def in_words(query: Query) -> str:
    """The query in its own language."""
    named = {"everyone": "who can", "principal": f"can {query.whom.name}", "arn": f"can {query.whom.name}"}
    whom = named.get(query.whom.kind) or " ".join(p for p in ("can", query.whom.kind, query.whom.name) if p)
    parts = [whom, ", ".join(query.actions)]
    if query.resources:
        parts += ["on", ", ".join(query.resources)]
    said = " and ".join(f"{c.operator} {c.key} {', '.join(c.values)}" for c in query.conditions)
    return " ".join([*parts, *(["with", said] if said else [])])
