"""Regular membership for pySMT, and its formulas as SMT-LIB, Z3 and cvc5 terms.

Untrusted. This is the one module that touches pySMT's internals. pySMT 0.9.6 has string terms but no
regular expressions, its Z3 converter refuses strings and its printer leaves backslashes and non-ASCII
characters as they are, which Z3 and cvc5 read differently. So this module adds node types, their
typing, a printer and two converters, for the operators that the encoding uses and no others.

Node types are global to the process and are made once, here, before any walker. Everything else hangs
on an environment, and each question has its own (it costs a third of a millisecond): a formula manager
never forgets a term, has no lock, and refuses one name with two sorts.
"""

from __future__ import annotations

import ctypes
import operator
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from pysmt import operators as op
from pysmt.environment import Environment
from pysmt.exceptions import PysmtTypeError
from pysmt.type_checker import SimpleTypeChecker
from pysmt.typing import BOOL, INT, REAL, STRING, TypeManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import cvc5
    import z3
    from pysmt.fnode import FNode
    from pysmt.typing import PySMTType

__all__ = [
    "BOOL",
    "INT",
    "MAX_CHARACTER",
    "REAL",
    "STRING",
    "Terms",
    "ToCvc5",
    "ToZ3",
    "escape",
    "print_definitions",
    "value_from_z3",
]

STR_IN_RE = op.new_node_type(node_str="STR_IN_RE")
STR_TO_RE = op.new_node_type(node_str="STR_TO_RE")
RE_ALL = op.new_node_type(node_str="RE_ALL")
RE_ALLCHAR = op.new_node_type(node_str="RE_ALLCHAR")
RE_RANGE = op.new_node_type(node_str="RE_RANGE")
RE_CONCAT = op.new_node_type(node_str="RE_CONCAT")
RE_UNION = op.new_node_type(node_str="RE_UNION")
RE_STAR = op.new_node_type(node_str="RE_STAR")
RE_COMPLEMENT = op.new_node_type(node_str="RE_COMPLEMENT")

REGLAN = TypeManager(None).Type("RegLan")
MAX_CHARACTER = "\U0002ffff"  # the alphabet of SMT-LIB ends here, Unicode at U+10FFFF
_SYMBOL_CHARACTERS = frozenset(map(chr, range(0x20, 0x7F))) - {"|", "\\"}

# The sorts of the arguments and of the result; concatenation and union take any number of languages.
_SIGNATURES = {
    STR_IN_RE: ((STRING, REGLAN), BOOL),
    STR_TO_RE: ((STRING,), REGLAN),
    RE_ALL: ((), REGLAN),
    RE_ALLCHAR: ((), REGLAN),
    RE_RANGE: ((STRING, STRING), REGLAN),
    RE_CONCAT: (None, REGLAN),
    RE_UNION: (None, REGLAN),
    RE_STAR: ((REGLAN,), REGLAN),
    RE_COMPLEMENT: ((REGLAN,), REGLAN),
}


class _TypeChecker(SimpleTypeChecker):  # type: ignore[misc]  # pySMT has no types
    def walk_regular(self, formula: FNode, args: list[PySMTType]) -> PySMTType | None:
        """The sort of a regular term, None where its arguments have the wrong ones."""
        expected, result = _SIGNATURES[formula.node_type()]
        languages = (REGLAN,) * len(args)
        return result if tuple(args) == (languages if expected is None else expected) else None

    def get_type(self, formula: FNode) -> PySMTType:
        """The sort of a term. pySMT's own error would print the term with walkers that do not know it."""
        found = self.walk(formula)
        if found is None:
            raise PysmtTypeError(f"wrong sorts under {op.op_to_str(formula.node_type())}")
        return found


_TypeChecker.set_handler(_TypeChecker.walk_regular, *_SIGNATURES)


class _Environment(Environment):  # type: ignore[misc]  # pySMT has no types
    TypeCheckerClass = _TypeChecker


class Terms:
    """Makes the terms of one question: pySMT's own through `manager`, the regular ones here."""

    def __init__(self) -> None:
        """Make an environment of its own."""
        self.manager = _Environment().formula_manager

    def _node(self, kind: int, *args: FNode) -> FNode:
        return self.manager.create_node(node_type=kind, args=args)

    def symbol(self, name: str, sort: PySMTType) -> FNode:
        """A constant symbol. The name is printable ASCII without `|` and backslash, not empty."""
        if not name or not _SYMBOL_CHARACTERS.issuperset(name):
            raise ValueError(f"{name!r} cannot be a quoted symbol of SMT-LIB")
        return self.manager.Symbol(name, sort)

    def in_re(self, term: FNode, regular: FNode) -> FNode:
        """`str.in_re`: the string is in the language."""
        return self._node(STR_IN_RE, term, regular)

    def to_re(self, term: FNode) -> FNode:
        """`str.to_re`: the language of one string, which may be a variable."""
        return self._node(STR_TO_RE, term)

    def re_all(self) -> FNode:
        """`re.all`: every string."""
        return self._node(RE_ALL)

    def re_allchar(self) -> FNode:
        """`re.allchar`: every string of one character."""
        return self._node(RE_ALLCHAR)

    def re_range(self, first: str, last: str) -> FNode:
        """`re.range`: every character from `first` to `last`."""
        return self._node(RE_RANGE, self.manager.String(first), self.manager.String(last))

    def re_star(self, regular: FNode) -> FNode:
        """`re.*`: any number of words of the language, one after the other."""
        return self._node(RE_STAR, regular)

    def re_complement(self, regular: FNode) -> FNode:
        """`re.comp`: every string that is not in the language."""
        return self._node(RE_COMPLEMENT, regular)

    def re_concat(self, parts: Iterable[FNode]) -> FNode:
        """`re.++` of one part or more."""
        return self._nary(RE_CONCAT, parts)

    def re_union(self, parts: Iterable[FNode]) -> FNode:
        """`re.union` of one part or more."""
        return self._nary(RE_UNION, parts)

    def _nary(self, kind: int, parts: Iterable[FNode]) -> FNode:
        args = tuple(parts)
        return args[0] if len(args) == 1 else self._node(kind, *args)


_T = TypeVar("_T")


def _fold(root: FNode, combine: Callable[[FNode, list[_T]], _T], done: dict[FNode, _T]) -> _T:
    """The value of the root, each term that is not in `done` combined once, children first. No recursion."""
    pending = [root]
    while pending:
        node = pending[-1]
        missing = [arg for arg in node.args() if arg not in done]
        if missing:
            pending.extend(reversed(missing))
            continue
        pending.pop()
        if node not in done:
            done[node] = combine(node, [done[arg] for arg in node.args()])
    return done[root]


# Printing.

_NAMES = {
    op.AND: "and", op.OR: "or", op.NOT: "not", op.IMPLIES: "=>", op.ITE: "ite", op.EQUALS: "=", op.LE: "<=", op.LT: "<",
    op.PLUS: "+",
    op.STR_CONCAT: "str.++", op.STR_PREFIXOF: "str.prefixof",
    STR_IN_RE: "str.in_re", STR_TO_RE: "str.to_re", RE_ALL: "re.all", RE_ALLCHAR: "re.allchar",
    RE_RANGE: "re.range", RE_CONCAT: "re.++", RE_UNION: "re.union", RE_STAR: "re.*", RE_COMPLEMENT: "re.comp",
}  # fmt: skip


def print_definitions(root: FNode) -> tuple[list[str], list[str]]:
    """The conjuncts of the root as SMT-LIB text, after a `define-fun` line for each term that they name.

    Connectives are named, and so is whatever occurs twice: lines stay flat and the text linear.
    """
    uses: dict[FNode, int] = {}
    lines: list[str] = []
    sort_of = _Environment().stc.get_type
    done: dict[FNode, str] = {}

    def count(node: FNode, _args: list[None]) -> None:
        for arg in node.args():
            uses[arg] = uses.get(arg, 0) + 1

    def show(node: FNode, args: list[str]) -> str:
        text = _print_term(node, args)
        if not args or not (uses.get(node, 0) > 1 or node.is_and() or node.is_or()):
            return text
        name = f"|term {len(lines) + 1}|"
        lines.append(f"(define-fun {name} () {sort_of(node).name} {text})")
        return name

    _fold(root, count, {})
    goals = root.args() if root.is_and() else (root,)
    return lines, [_fold(goal, show, done) for goal in goals]


def _print_term(node: FNode, args: list[str]) -> str:
    if node.is_symbol():
        return f"|{node.symbol_name()}|"
    if node.is_string_constant():
        return '"' + escape(node.constant_value()).replace('"', '""') + '"'
    if node.is_bool_constant():
        return "true" if node.constant_value() else "false"
    if node.is_constant():
        return _print_number(node)
    name = _NAMES[node.node_type()]
    return f"({name} {' '.join(args)})" if args else name


def _print_number(node: FNode) -> str:
    value = node.constant_value()
    point = "" if node.is_int_constant() else ".0"
    text = f"{abs(value.numerator)}{point}"
    if value.denominator != 1:
        text = f"(/ {text} {value.denominator}{point})"
    return f"(- {text})" if value < 0 else text


def escape(text: str) -> str:
    r"""The text in printable ASCII, a backslash and everything else as `\u{...}`."""
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\u{{{ord(c):x}}}" for c in text)


# Converting. A converter keeps what it has converted, so that a symbol is one constant throughout.


class ToZ3:
    """Terms of one `z3.Context`."""

    def __init__(self, context: z3.Context) -> None:
        """Start without terms."""
        import z3

        self._context = context
        self._done: dict[FNode, z3.ExprRef] = {}
        strings = z3.StringSort(context)
        regular = z3.ReSort(strings)
        self._sorts = {
            BOOL: z3.BoolSort(context), INT: z3.IntSort(context), REAL: z3.RealSort(context), STRING: strings,
        }  # fmt: skip
        self._make: Mapping[int, Callable[..., z3.ExprRef]] = {
            op.AND: z3.And, op.OR: z3.Or, op.NOT: z3.Not, op.IMPLIES: z3.Implies, op.ITE: z3.If,
            op.EQUALS: operator.eq, op.LE: operator.le, op.LT: operator.lt, op.PLUS: operator.add,
            op.STR_CONCAT: z3.Concat, op.STR_PREFIXOF: z3.PrefixOf,
            STR_IN_RE: z3.InRe, STR_TO_RE: z3.Re,
            RE_ALL: lambda: z3.Full(regular), RE_ALLCHAR: lambda: z3.AllChar(regular), RE_RANGE: z3.Range,
            RE_CONCAT: z3.Concat, RE_UNION: z3.Union, RE_STAR: z3.Star, RE_COMPLEMENT: z3.Complement,
        }  # fmt: skip

    def convert(self, root: FNode) -> z3.ExprRef:
        """The term."""
        return _fold(root, self._combine, self._done)

    def _combine(self, node: FNode, args: list[z3.ExprRef]) -> z3.ExprRef:
        import z3

        if node.is_symbol():
            return z3.Const(node.symbol_name(), self._sorts[node.symbol_type()])
        if node.is_string_constant():
            return self._string(node.constant_value())
        if node.is_bool_constant():
            return z3.BoolVal(node.constant_value(), self._context)
        if node.is_int_constant():
            return z3.IntVal(node.constant_value(), self._context)
        if node.is_real_constant():
            return z3.RealVal(str(node.constant_value()), self._context)
        return self._make[node.node_type()](*args)

    def _string(self, text: str) -> z3.SeqRef:
        """A constant made from code points, so that no escape is read into it."""
        import z3

        points = (ctypes.c_uint * len(text))(*map(ord, text))
        return z3.SeqRef(z3.Z3_mk_u32string(self._context.ref(), len(text), points), self._context)


def value_from_z3(value: z3.ExprRef) -> bool | int | Fraction | str:
    """The Python value of a constant of Z3."""
    import z3

    if z3.is_string_value(value):
        length = z3.Z3_get_string_length(value.ctx_ref(), value.as_ast())
        points = (ctypes.c_uint * length)()
        z3.Z3_get_string_contents(value.ctx_ref(), value.as_ast(), length, points)
        return "".join(map(chr, points))
    if z3.is_int_value(value):
        return int(value.as_long())
    if z3.is_rational_value(value):
        return Fraction(value.numerator_as_long(), value.denominator_as_long())
    return bool(z3.is_true(value))


class ToCvc5:
    """Terms of one `cvc5.TermManager`."""

    def __init__(self, manager: cvc5.TermManager) -> None:
        """Start without terms."""
        from cvc5 import Kind

        self._manager = manager
        self._done: dict[FNode, cvc5.Term] = {}
        self._sorts = {
            BOOL: manager.getBooleanSort(), INT: manager.getIntegerSort(),
            REAL: manager.getRealSort(), STRING: manager.getStringSort(),
        }  # fmt: skip
        self._kinds = {
            op.AND: Kind.AND, op.OR: Kind.OR, op.NOT: Kind.NOT, op.IMPLIES: Kind.IMPLIES, op.ITE: Kind.ITE,
            op.EQUALS: Kind.EQUAL, op.LE: Kind.LEQ, op.LT: Kind.LT, op.PLUS: Kind.ADD,
            op.STR_CONCAT: Kind.STRING_CONCAT, op.STR_PREFIXOF: Kind.STRING_PREFIX,
            STR_IN_RE: Kind.STRING_IN_REGEXP, STR_TO_RE: Kind.STRING_TO_REGEXP,
            RE_ALL: Kind.REGEXP_ALL, RE_ALLCHAR: Kind.REGEXP_ALLCHAR, RE_RANGE: Kind.REGEXP_RANGE,
            RE_CONCAT: Kind.REGEXP_CONCAT, RE_UNION: Kind.REGEXP_UNION, RE_STAR: Kind.REGEXP_STAR,
            RE_COMPLEMENT: Kind.REGEXP_COMPLEMENT,
        }  # fmt: skip

    def convert(self, root: FNode) -> cvc5.Term:
        """The term."""
        return _fold(root, self._combine, self._done)

    def _combine(self, node: FNode, args: list[cvc5.Term]) -> cvc5.Term:
        if node.is_symbol():
            return self._manager.mkConst(self._sorts[node.symbol_type()], node.symbol_name())
        if node.is_string_constant():
            return self._manager.mkString(escape(node.constant_value()), useEscSequences=True)
        if node.is_bool_constant():
            return self._manager.mkBoolean(node.constant_value())
        if node.is_int_constant():
            return self._manager.mkInteger(str(node.constant_value()))
        if node.is_real_constant():
            return self._manager.mkReal(str(node.constant_value()))
        return self._manager.mkTerm(self._kinds[node.node_type()], *args)
