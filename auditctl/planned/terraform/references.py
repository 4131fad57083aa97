"""Where the value of an expression comes from: its references, followed through variables, outputs and `for_each`.

Terraform does not write what an expression does with its references. What follows from them alone is a list of sources;
that a value is one of these as it stands is an assumption, made only for attributes that take an id, name or ARN.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditctl.planned.terraform.address import Index, Key, Module, Step, occurrences
from auditctl.planned.terraform.configuration import Configuration, Expression

MANAGED, DATA = "managed", "data"
_MAX_HOPS = 64  # variables and outputs one after the other: modules are nested less deeply
_WORDS = frozenset({"path", "terraform", "self"})
_KEYED = 2  # steps of `TYPE.NAME`


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: an instance of a module, and the key, for_each and count of what it belongs to."""

    module: Module
    key: Key = None
    for_each: Expression | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that a value comes from. `keys` are its instances, None for all; no `path`: an attribute unsaid."""

    module: Module
    mode: str
    type: str
    name: str
    keys: tuple[Key, ...] | None
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is written in the configuration or given for a variable."""

    value: Any


@dataclass(frozen=True, slots=True)
class Lost:
    """A source that the plan does not tell, as a local value, and the module whose value it is."""

    reference: str
    module: Module


Source = Found | Constant | Lost


class References:
    """Follows references through one plan."""

    def __init__(self, configuration: Configuration, variables: Mapping[str, Any]) -> None:
        self.configuration = configuration
        self.variables = variables

    def sources(self, references: Iterable[object], scope: Scope, hops: int = 0) -> Iterator[Source]:
        """What the references of one expression lead to, in their order."""
        found = list(occurrences(references))
        is_keyed = any(steps[:2] in _KEYS for steps in found)
        for steps in found:
            if steps[:2] in _KEYS:
                if len(found) == 1:
                    yield Constant(scope.key)
            elif hops >= _MAX_HOPS:
                yield Lost(_text(steps), scope.module)
            else:
                for source in self._one(steps, scope, hops + 1):
                    yield _keyed(source, scope.key) if is_keyed else source

    def expression(
        self, expression: Expression, rest: tuple[Step, ...], scope: Scope, hops: int = 0
    ) -> Iterator[Source]:
        """What an expression leads to, of whose value `rest` is taken."""
        if "constant_value" in expression:
            yield Constant(_inside(expression["constant_value"], rest))
            return
        references = expression.get("references")
        if not isinstance(references, list):
            yield Lost("", scope.module)  # an expression without references that is no constant, or blocks
            return
        for source in self.sources(references, scope, hops):
            if isinstance(source, Found) and rest:
                yield _narrowed(source, rest)
            elif isinstance(source, Constant):
                yield Constant(_inside(source.value, rest))
            else:
                yield source

    def _one(self, steps: tuple[Step, ...], scope: Scope, hops: int) -> Iterator[Source]:
        head = steps[0]
        if head == "var":
            yield from self._variable(steps, scope, hops)
        elif head == "each":
            yield from self._each_value(steps[2:], scope, hops)
        elif head == "module":
            yield from self._output(steps, scope, hops)
        elif head in _WORDS:
            return
        elif head == "local" or not isinstance(head, str) or len(steps) < _KEYED:
            yield Lost(_text(steps), scope.module)
        else:
            mode, own = (DATA, steps[1:]) if head == "data" else (MANAGED, steps)
            yield _resource(mode, own, scope)

    def _variable(self, steps: tuple[Step, ...], scope: Scope, hops: int) -> Iterator[Source]:
        name, rest = _name(steps), steps[2:]
        module = scope.module
        if not module.calls:
            given = self.variables.get(name)
            yield Constant(_inside(given.get("value") if isinstance(given, dict) else None, rest))
            return
        call = self.configuration.part(module.parent.names).calls.get(module.names[-1])
        passed = call.expressions.get(name) if call else None
        if call is None or not isinstance(passed, dict):
            default = self.configuration.part(module.names).variables.get(name, {}).get("default")
            yield Constant(_inside(default, rest))
            return
        yield from self.expression(passed, rest, Scope(module.parent, module.key, call.for_each), hops)

    def _each_value(self, rest: tuple[Step, ...], scope: Scope, hops: int) -> Iterator[Source]:
        """`each.value`: where `for_each` is all instances of something, the one with the same key."""
        if scope.for_each is None:
            yield Lost("each.value", scope.module)
            return
        outer = Scope(scope.module)
        for source in self.expression(scope.for_each, (), outer, hops):
            if isinstance(source, Found) and not source.path and source.keys is None:
                yield Found(source.module, source.mode, source.type, source.name, (scope.key,), rest)
            elif isinstance(source, Constant):
                yield Constant(_inside(_entry(source.value, scope.key), rest))
            else:
                yield source

    def _output(self, steps: tuple[Step, ...], scope: Scope, hops: int) -> Iterator[Source]:
        name, rest = _name(steps), steps[2:]
        key: Key = None
        if rest and isinstance(rest[0], Index):
            key, rest = rest[0].key, rest[1:]
        inner = scope.module.inside(name, key)
        output = rest[0] if rest else None
        expression = self.configuration.part(inner.names).outputs.get(output) if isinstance(output, str) else None
        call = self.configuration.part(scope.module.names).calls.get(name)
        is_many = call is not None and (call.for_each is not None or call.count is not None)
        if expression is None or (is_many and key is None):
            yield Lost(_text(steps), scope.module)
            return
        yield from self.expression(expression, rest[1:], Scope(inner), hops)


_KEYS = frozenset({("each", "key"), ("count", "index")})


def _resource(mode: str, steps: tuple[Step, ...], scope: Scope) -> Source:
    kind, name, rest = steps[0], steps[1] if len(steps) > 1 else None, steps[2:]
    if not isinstance(kind, str) or not isinstance(name, str):
        return Lost(_text(steps), scope.module)
    keys: tuple[Key, ...] | None = None
    if rest and isinstance(rest[0], Index):
        keys, rest = (rest[0].key,), rest[1:]
    return Found(scope.module, mode, kind, name, keys, rest)


def _keyed(source: Source, key: Key) -> Source:
    """Of all instances the one with a key: `x[each.key]` is written as `x` and `each.key`."""
    if isinstance(source, Found) and source.keys is None and not source.path:
        return Found(source.module, source.mode, source.type, source.name, (key,), ())
    return source


def _narrowed(source: Found, rest: tuple[Step, ...]) -> Found:
    """`rest` of what a source is. Of all instances an index picks one; of one instance the rest is its attribute."""
    if source.keys is None and not source.path and isinstance(rest[0], Index):
        return Found(source.module, source.mode, source.type, source.name, (rest[0].key,), rest[1:])
    return Found(source.module, source.mode, source.type, source.name, source.keys, (*source.path, *rest))


def _inside(value: Any, rest: Sequence[Step]) -> Any:  # noqa: ANN401  # any JSON
    for step in rest:
        value = _entry(value, step.key if isinstance(step, Index) else step)
    return value


def _entry(value: Any, key: Key) -> Any:  # noqa: ANN401  # any JSON
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else None
    if isinstance(value, list) and isinstance(key, str):  # a set of texts: each is its own key
        return key if key in value else None
    return None


def _name(steps: tuple[Step, ...]) -> str:
    return steps[1] if len(steps) > 1 and isinstance(steps[1], str) else ""


def _text(steps: Sequence[Step]) -> str:
    found = "".join(f"[{s.key!r}]" if isinstance(s, Index) else f".{s}" for s in steps)
    return found.removeprefix(".")
