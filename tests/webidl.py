"""A small parser of WebIDL (https://webidl.spec.whatwg.org/#idl-grammar), as far as tests/idl needs it.

What it does not know is an error, so nothing of a specification is passed over in silence. ``load`` merges
partial definitions and mixins, and puts the type in place of a typedef's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

_TOKENS = re.compile(
    r'\s+|//[^\n]*|/\*.*?\*/|(?P<token>"[^"]*"|-?\d+(?:\.\d+)?|[A-Za-z_][\w-]*|\.\.\.|[][{}()<>;:,=?])',
    re.DOTALL,
)
_GENERIC = {"sequence", "FrozenArray", "ObservableArray", "Promise", "record"}
REQUIRED = object()
ABSENT = object()


@dataclass(frozen=True)
class Type:
    """A type: its name (``"or"`` for a union), what it is made of, and its extended attributes."""

    name: str
    arguments: tuple[Type, ...] = ()
    nullable: bool = False
    attributes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.name == "or":
            text = f"({' or '.join(map(str, self.arguments))})"
        else:
            text = self.name + (f"<{', '.join(map(str, self.arguments))}>" if self.arguments else "")
        return text + "?" * self.nullable


@dataclass(frozen=True)
class Argument:
    """An argument, or a member of a dictionary. ``default`` is REQUIRED, ABSENT or the value."""

    name: str
    type: Type
    default: Any
    variadic: bool = False


@dataclass(frozen=True)
class Member:
    """A member of an interface; ``kind`` is attribute, operation, constructor or maplike."""

    kind: str
    name: str
    type: Type
    arguments: tuple[Argument, ...] = ()
    readonly: bool = False
    static: bool = False


@dataclass
class Definition:
    """An interface, a mixin, a dictionary (members are Arguments), an enum or a callback."""

    kind: str
    name: str
    parent: str | None = None
    members: list[Any] = field(default_factory=list[Any])
    values: list[str] = field(default_factory=list[str])
    specification: str = ""


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        position = 0
        while position < len(text):
            match = _TOKENS.match(text, position)
            if match is None:
                raise ValueError(f"unknown: {text[position : position + 40]!r}")
            if match["token"]:
                self.tokens.append(match["token"])
            position = match.end()
        self.tokens.append("")
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at]

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def maybe(self, *tokens: str) -> bool:
        if tuple(self.tokens[self.at : self.at + len(tokens)]) != tokens:
            return False
        self.at += len(tokens)
        return True

    def expect(self, token: str) -> None:
        if not self.maybe(token):
            raise ValueError(f"{token!r} expected in {' '.join(self.tokens[self.at - 8 : self.at + 8])}")

    def extended_attributes(self) -> frozenset[str]:
        names: set[str] = set()
        if self.maybe("["):
            depth = 1
            while depth:
                token = self.take()
                depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(token, 0)
                if depth == 1 and token[0].isalpha():
                    names.add(token)
        return frozenset(names)

    def type(self) -> Type:
        attributes = self.extended_attributes()
        arguments: list[Type] = []
        if self.maybe("("):
            name = "or"
            arguments.append(self.type())
            while self.maybe("or"):
                arguments.append(self.type())
            self.expect(")")
        else:
            name = self.take()
            if name in ("unsigned", "unrestricted"):
                name += " " + self.take()
            if name in ("long", "unsigned long") and self.maybe("long"):
                name += " long"
            if name in _GENERIC:
                self.expect("<")
                arguments.append(self.type())
                while self.maybe(","):
                    arguments.append(self.type())
                self.expect(">")
        return Type(name, tuple(arguments), self.maybe("?"), attributes)

    def default(self) -> Any:
        if self.maybe("[", "]"):
            return []
        if self.maybe("{", "}"):
            return {}
        return json.loads(self.take())

    def argument(self) -> Argument:
        attributes = self.extended_attributes()
        optional = self.maybe("optional")
        type_ = self.type()
        variadic = self.maybe("...")
        name = self.take()
        default: Any = ABSENT if optional or variadic else REQUIRED
        if self.maybe("="):
            default = self.default()
        return Argument(name, replace(type_, attributes=type_.attributes | attributes), default, variadic)

    def arguments(self) -> tuple[Argument, ...]:
        self.expect("(")
        found: list[Argument] = []
        while not self.maybe(")"):
            found.append(self.argument())
            self.maybe(",")
        return tuple(found)

    def interface_member(self) -> Member:
        attributes = self.extended_attributes()
        if self.maybe("constructor"):
            member = Member("constructor", "constructor", Type("undefined"), self.arguments())
        elif self.maybe("readonly", "maplike"):
            self.expect("<")
            key = self.type()
            self.expect(",")
            member = Member("maplike", "maplike", Type("maplike", (key, self.type())))
            self.expect(">")
        else:
            static = self.maybe("static")
            readonly = self.maybe("readonly")
            if self.maybe("attribute"):
                type_ = self.type()
                type_ = replace(type_, attributes=type_.attributes | attributes)
                member = Member("attribute", self.take(), type_, readonly=readonly, static=static)
            else:
                type_ = self.type()
                member = Member("operation", self.take(), type_, self.arguments(), static=static)
        self.expect(";")
        return member

    def dictionary_member(self) -> Argument:
        attributes = self.extended_attributes()
        required = self.maybe("required")
        type_ = self.type()
        name = self.take()
        default: Any = REQUIRED if required else ABSENT
        if self.maybe("="):
            default = self.default()
        self.expect(";")
        return Argument(name, replace(type_, attributes=type_.attributes | attributes), default)

    def body(self, member: Any) -> list[Any]:
        self.expect("{")
        members: list[Any] = []
        while not self.maybe("}"):
            members.append(member())
        return members

    def definitions(self) -> Iterator[tuple[bool, Definition]]:
        """All definitions, and whether each is partial."""
        while self.next:
            self.extended_attributes()
            partial = self.maybe("partial")
            kind = self.take()
            if kind == "enum":
                definition = Definition(kind, self.take(), values=self.body(self.enum_value))
            elif kind == "typedef":
                type_ = self.type()
                definition = Definition(kind, self.take(), members=[type_])
            elif kind == "callback":
                definition = Definition(kind, self.take())
                self.expect("=")
                definition.members = [self.type(), *self.arguments()]
            elif kind in ("interface", "dictionary"):
                if kind == "interface" and self.maybe("mixin"):
                    kind = "mixin"
                definition = Definition(kind, self.take())
                if self.maybe(":"):
                    definition.parent = self.take()
                definition.members = self.body(
                    self.dictionary_member if kind == "dictionary" else self.interface_member
                )
            elif self.maybe("includes"):
                definition = Definition("includes", kind, self.take())
            else:
                raise ValueError(f"unknown definition {kind!r}")
            self.expect(";")
            yield partial, definition

    def enum_value(self) -> str:
        value = json.loads(self.take())
        self.maybe(",")
        return value


def load(folder: Path) -> dict[str, Definition]:
    """What all files of a folder define, by name."""
    defined: dict[str, Definition] = {}
    partials: list[Definition] = []
    includes: list[Definition] = []
    for path in sorted(folder.glob("*.idl")):
        for partial, definition in _Parser(path.read_text()).definitions():
            definition.specification = path.stem
            if definition.kind == "includes":
                includes.append(definition)
            elif partial:
                partials.append(definition)
            elif definition.name in defined:
                raise ValueError(f"{definition.name} is defined twice")
            else:
                defined[definition.name] = definition
    for definition in partials:
        # What these specifications do not define, a Navigator, is not theirs to extend here.
        known = defined.setdefault(definition.name, replace(definition, members=[]))
        names = {member.name for member in definition.members} if definition.kind == "dictionary" else set()
        known.members = [m for m in known.members if m.name not in names] + definition.members
    for definition in includes:
        mixin = defined.get(str(definition.parent))
        if mixin is not None:
            defined[definition.name].members += mixin.members
    types = {d.name: d.members[0] for d in defined.values() if d.kind == "typedef"}
    for definition in defined.values():
        if definition.kind in ("interface", "dictionary"):
            definition.members = [_resolved(member, types) for member in definition.members]
    return {name: d for name, d in defined.items() if d.kind not in ("typedef", "mixin")}


def _resolved(value: Any, types: dict[str, Type]) -> Any:
    """A member, argument or type, with the types that typedefs stand for."""
    if isinstance(value, Type):
        known = types.get(value.name)
        if known is not None:
            known = _resolved(known, types)
            nullable = known.nullable or value.nullable
            return replace(known, nullable=nullable, attributes=known.attributes | value.attributes)
        return replace(value, arguments=tuple(_resolved(argument, types) for argument in value.arguments))
    if isinstance(value, Member):
        arguments = tuple(_resolved(argument, types) for argument in value.arguments)
        return replace(value, type=_resolved(value.type, types), arguments=arguments)
    return replace(value, type=_resolved(value.type, types))
