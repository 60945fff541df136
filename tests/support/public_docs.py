"""What the docstrings of public functions say, and what the functions raise: read from the source.

Rules: a function raises what its body raises, and what functions of its own module raise that it
calls, one step down; what a handler around it takes is not counted, unless it is raised on.
"""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hub import errors
from hub.errors import HubError

Function = ast.FunctionDef
SECTION = re.compile(r"^Raises:\n((?:[ ]{4}.*\n?)+)", re.MULTILINE)
SOURCE = re.compile(r"(?:^|\n\n)Source: (\S.*(?:\n    \S.*)*)\Z")


@dataclass(frozen=True, slots=True)
class Raised:
    """One error of ours; the code is empty where the source does not spell it."""

    error: type[HubError]
    code: str
    own: bool
    """Raised by the body itself, not by what it calls."""


@dataclass(frozen=True, slots=True)
class Public:
    """A public function, class, or method of a public class."""

    name: str
    doc: str
    needs_source: bool
    raised: frozenset[Raised] = field(default_factory=frozenset)

    @property
    def section(self) -> str:
        """Its `Raises:` section, on one line; empty where it has none."""
        return " ".join(" ".join(SECTION.findall(self.doc + "\n")).split())

    @property
    def sources(self) -> list[str]:
        """What its source line names; empty where it has none."""
        found = SOURCE.search(self.doc)
        return " ".join(found[1].split()).split("; ") if found else []


def publics(source: str) -> Iterator[Public]:
    """Everything public of one module that has to be documented."""
    body = ast.parse(source).body
    module = {node.name: node for node in body if isinstance(node, Function)}
    for node in body:
        if isinstance(node, Function) and _is_public(node.name):
            yield Public(node.name, _doc(node), needs_source=True, raised=_raised(node, module))
        if isinstance(node, ast.ClassDef) and _is_public(node.name):
            yield from _of_class(node, module)


def _of_class(of: ast.ClassDef, module: Mapping[str, Function]) -> Iterator[Public]:
    methods = {f"self.{m.name}": m for m in of.body if isinstance(m, Function)}
    shown = [m for m in methods.values() if _is_public(m.name)]
    known = {**module, **methods}
    if shown:
        yield Public(of.name, _doc(of), needs_source=True)
    for method in shown:
        raised = _raised(method, known)
        yield Public(f"{of.name}.{method.name}", _doc(method), needs_source=False, raised=raised)
    made = methods.get("self.__init__")
    if made is not None:
        doc = f"{_doc(of)}\n\n{_doc(made)}"
        yield Public(f"{of.name}()", doc, needs_source=False, raised=_raised(made, known))


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def _doc(node: Function | ast.ClassDef) -> str:
    return ast.get_docstring(node) or ""


def _raised(function: Function, known: Mapping[str, Function]) -> frozenset[Raised]:
    walk = _Walk(function, known)
    found = {Raised(error, code, own=True) for error, code in walk.found}
    for callee, caught in walk.called:
        for error, code in _Walk(callee, known).found:
            if not issubclass(error, caught):
                found.add(Raised(error, code, own=False))
    return frozenset(found)


class _Walk(ast.NodeVisitor):
    """What one function raises itself, and what it calls, with the handlers around."""

    def __init__(self, function: Function, known: Mapping[str, Function]) -> None:
        self.found: set[tuple[type[HubError], str]] = set()
        self.called: list[tuple[Function, tuple[type[BaseException], ...]]] = []
        self._known = known
        self._caught: tuple[type[BaseException], ...] = ()
        for statement in function.body:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function inside raises when it is called, not here."""

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """As for a function inside."""

    def visit_Try(self, node: ast.Try) -> None:
        around = self._caught
        for handler in node.handlers:
            if not _raises_on(handler):
                self._caught += _types(handler.type)
        for statement in node.body:
            self.visit(statement)
        self._caught = around
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_Raise(self, node: ast.Raise) -> None:
        made = node.exc
        if isinstance(made, ast.Call):
            if (callee := self._known.get(_name(made.func))) is not None:
                self.found |= {e for e in _made_in(callee) if not issubclass(e[0], self._caught)}
            for error, code in _errors(made):
                if not issubclass(error, self._caught):
                    self.found.add((error, code))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if (callee := self._known.get(_name(node.func))) is not None:
            self.called.append((callee, self._caught))
        self.generic_visit(node)


def _made_in(function: Function) -> set[tuple[type[HubError], str]]:
    """Errors that a function makes for its caller to raise."""
    return {e for node in ast.walk(function) if isinstance(node, ast.Call) for e in _errors(node)}


def _raises_on(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) and node.exc is None for node in handler.body)


def _types(named: ast.expr | None) -> tuple[type[BaseException], ...]:
    if named is None:
        return (BaseException,)
    names = [_name(one) for one in (named.elts if isinstance(named, ast.Tuple) else [named])]
    found = [getattr(errors, name, None) or getattr(builtins, name, None) for name in names]
    return tuple(one for one in found if isinstance(one, type))


def _errors(call: ast.Call) -> Iterator[tuple[type[HubError], str]]:
    error = getattr(errors, _name(call.func), None)
    if isinstance(error, type) and issubclass(error, HubError):
        for code in _codes(call.args[0]) if call.args else [""]:
            yield error, code


def _codes(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_codes(node.body), *_codes(node.orelse)]
    return [node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""]


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"self.{node.attr}" if node.value.id == "self" else node.attr
    return node.id if isinstance(node, ast.Name) else ""
