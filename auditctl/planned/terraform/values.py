"""The attributes of a resource after the apply: what the plan has, and what follows for what it does not have yet.

A value is worked out when somebody asks for it, so that only what is used becomes an unknown value of the snapshot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditctl.planned.terraform import resolution, takes
from auditctl.planned.terraform.computed import computed

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Resource


@dataclass(frozen=True, slots=True)
class Written:
    """What the configuration has for a value.

    `references` are those of an expression. `is_shared`: it is the expression of something larger, in which the value
    is. `blocks` are the bodies of nested blocks. `is_seen` is false where the configuration does not say, as for what a
    `dynamic` block makes.
    """

    is_there: bool = True
    references: tuple[str, ...] = ()
    is_shared: bool = False
    blocks: tuple[Mapping[str, Any], ...] = ()
    is_seen: bool = True

    def member(self, name: str) -> "Written":
        """What it has for a member."""
        if not self.is_seen or not self.is_there or (not self.blocks and self.references):
            return Written(references=self.references, is_shared=True, is_seen=self.is_seen and self.is_there)
        found = [block[name] for block in self.blocks if block.get(name) is not None]
        if not found:
            return _NOT_WRITTEN
        return Written(references=tuple(_references(found)), blocks=tuple(_blocks(found)))

    def element(self, index: int, total: int, value: object) -> "Written":
        """What it has for an element of a list."""
        if not self.is_there:
            return Written(is_seen=False)
        if not self.blocks:
            return self
        if len(self.blocks) != total:  # `dynamic` blocks make others; a Sid is of one statement
            named = [block for block in self.blocks if _is_named(block, value)]
            return Written(blocks=tuple(named)) if len(named) == 1 else Written(is_seen=False)
        fitting = [block for block in self.blocks if _fits(block, value)]
        if self.blocks[index] in fitting and isinstance(value, Mapping) and value.keys() & _ORDERED:
            fitting = [self.blocks[index]]
        return Written(blocks=tuple(fitting)) if fitting else Written(is_seen=False)


_NOT_WRITTEN = Written(is_there=False)
# Members that only blocks in lists have; sets of blocks come in an order of their own.
_ORDERED = frozenset({"not_actions", "target_group_arn"})
_LEAF = frozenset({"constant_value", "references"})


def _references(found: Sequence[object]) -> Iterator[str]:
    for one in found:
        if isinstance(one, dict) and isinstance(one.get("references"), list) and one.keys() <= _LEAF:
            yield from (r for r in one["references"] if isinstance(r, str))


def _blocks(found: Sequence[object]) -> Iterator[Mapping[str, Any]]:
    for one in found:
        if isinstance(one, list):
            yield from (block for block in one if isinstance(block, dict))
        elif isinstance(one, dict) and not one.keys() <= _LEAF:
            yield one


def _fits(block: Mapping[str, Any], value: object) -> bool:
    """Whether a row may be what a block makes: no constant of the block is otherwise."""
    if not isinstance(value, Mapping):
        return True
    for name, expression in block.items():
        found = value.get(name)
        if found is None or not isinstance(expression, dict) or "constant_value" not in expression:
            continue
        if _plain(found) != _plain(expression["constant_value"]):
            return False
    return True


def _is_named(block: Mapping[str, Any], value: object) -> bool:
    """Whether a statement has the Sid that a block writes."""
    written = block.get("sid")
    sid = written.get("constant_value") if isinstance(written, dict) else None
    return bool(sid) and isinstance(value, Mapping) and value.get("sid") == sid


def _plain(value: object) -> object:
    """Terraform turns numbers and flags into text where text is expected; sets have their own order."""
    if isinstance(value, list | tuple):
        return sorted(str(_plain(v)) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Look:
    """A value as the plan has it, before anything follows."""

    name: str
    path: str
    after: Any
    unknown: Any  # true where all of it is unknown; else as `after`, with true at what is
    written: Written


class Values(Mapping[str, Any]):
    """The attributes of a resource, or the members of a block in it."""

    def __init__(self, resource: "Resource", path: str, after: object, unknown: object, written: Written) -> None:
        self._resource = resource
        self._path = path
        self._after: Mapping[str, Any] = after if isinstance(after, dict) else {}
        self._unknown: Mapping[str, Any] = unknown if isinstance(unknown, dict) else {}
        self._written = written
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  # attributes are of any type
        if name not in self._made:
            if name not in self._after and name not in self._unknown:
                raise KeyError(name)
            self._made[name] = self._resource.guarded(self.look(name))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._after, *self._unknown}))

    def __len__(self) -> int:
        return len({*self._after, *self._unknown})

    def look(self, name: str) -> Look:
        """An attribute as the plan has it."""
        path = f"{self._path}.{name}" if self._path else name
        return Look(name, path, self._after.get(name), self._unknown.get(name), self._written.member(name))

    def is_unknown(self, name: str) -> bool:
        """Whether any part of an attribute is not in the plan."""
        return has_unknown(self._unknown.get(name))

    def is_written(self, name: str) -> bool:
        """Whether the configuration has an attribute, as far as it says."""
        return self._written.member(name).is_there


def has_unknown(unknown: object) -> bool:
    """Whether something of a value is unknown."""
    if isinstance(unknown, dict):
        return any(has_unknown(v) for v in unknown.values())
    if isinstance(unknown, list):
        return any(has_unknown(v) for v in unknown)
    return unknown is True


def is_tag(path: str) -> bool:
    """Whether a path is one of a tag, or of all of them."""
    return path.partition(".")[0] in ("tags", "tags_all")


def value_of(resource: "Resource", look: Look) -> Any:  # noqa: ANN401  # attributes are of any type
    """An attribute, worked out where it is unknown."""
    if look.unknown is True:
        return _whole(resource, look)
    if not has_unknown(look.unknown):
        return _known(look.after)
    if isinstance(look.unknown, list):
        return _elements(resource, look)
    return Values(resource, look.path, look.after, look.unknown, look.written)


def _known(value: Any) -> Any:  # noqa: ANN401  # any JSON
    return tuple(_known(v) for v in value) if isinstance(value, list) else value


def _whole(resource: "Resource", look: Look) -> Any:  # noqa: ANN401  # attributes are of any type
    if look.path == look.name:
        found = computed(resource, look.name)
        if found is not None:
            return found
    if not look.written.is_there:
        return None
    kind, _ = takes.kind_of(resource.type, look.name, is_whole=True)
    taken = "" if is_tag(look.path) else takes.taken_by(resource.type, look.name)
    if taken:
        many = resolution.every(resource, look.written, taken) if kind == "list" else None
        one = None if kind == "list" else resolution.single(resource, look.written, taken)
        if many or one:
            return many or one
    if look.name in takes.LISTS_OF_BLOCKS | takes.LISTS_OF_BLOCKS_6:
        return (resource.marker(look.name, look.path),)
    if kind == "list" and taken == "group":  # one stands for all: it may be any group
        return (resource.marker(look.name, look.path, is_whole=False),)
    return resource.marker(look.name, look.path)


def _elements(resource: "Resource", look: Look) -> tuple[Any, ...]:
    after = look.after if isinstance(look.after, list) else []
    total = len(look.unknown)
    open_ones = [i for i, unknown in enumerate(look.unknown) if unknown is True]
    taken = takes.taken_by(resource.type, look.name)
    found = resolution.every(resource, look.written, taken) if taken and open_ones else None
    values = iter(found if found and len(found) == len(open_ones) else ())
    result = []
    for i, unknown in enumerate(look.unknown):
        value = after[i] if i < len(after) else None
        place = f"{look.path}[{i}]"
        if unknown is True:
            result.append(next(values, None) or resource.marker(look.name, place, is_whole=False))
        else:
            written = look.written.element(i, total, value)
            result.append(value_of(resource, Look(look.name, place, value, unknown, written)))
    return tuple(result)
