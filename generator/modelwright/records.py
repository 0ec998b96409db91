"""`dataclass`, made in a fraction of the time: a command makes dozens of these classes before it does anything.

The standard one compiles up to six functions for each class, one by one, and its module loads the compiler's tools. Here
what must be quick is compiled together, what prints or refuses changes is the same function for all, and the standard
module is only loaded for those who ask it about a class (`fields`, `is_dataclass`, `asdict`). To them and to a type checker
it is the standard one, which also makes every class that asks for more than this one gives.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as `typing` has it, which takes long to load

__all__ = ["dataclass", "field", "names_of", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace

    def names_of(kind: type) -> tuple[str, ...] | None: ...

else:
    import operator
    from operator import attrgetter

    class _Absent:
        """Stands for a field that is made anew for each, and for no default."""

        def __repr__(self):
            return "<factory>"

    _ABSENT = _Absent()

    class _Field:
        """What a class says of one of its fields."""

        __slots__ = ("compare", "default", "default_factory", "hash", "repr")

        def __init__(self, default=_ABSENT, default_factory=_ABSENT, repr=True, hash=None, compare=True):
            self.default, self.default_factory = default, default_factory
            self.repr, self.hash, self.compare = repr, hash, compare

    def field(*, default=_ABSENT, default_factory=_ABSENT, repr=True, hash=None, compare=True):
        """As `dataclasses.field`, of which this knows as much as is used."""
        return _Field(default, default_factory, repr, hash, compare)

    def names_of(kind):
        """The names of a class's fields; None where it is no data class."""
        if kind in _quick:
            return kind.__match_args__
        import dataclasses

        return tuple(each.name for each in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None

    def replace(record, /, **changes):
        """As `dataclasses.replace`."""
        kind = record.__class__
        if kind not in _quick:
            import dataclasses

            return dataclasses.replace(record, **changes)
        for name in kind.__match_args__:
            if name not in changes:
                changes[name] = getattr(record, name)
        return kind(**changes)

    _quick = set()
    """The classes made here."""

    def dataclass(cls=None, /, **options):
        """As `dataclasses.dataclass`."""

        def made(cls):
            plain = cls.__bases__ == (object,)
            kinds = {name: str(kind) for name, kind in cls.__annotations__.items()} if plain else {}
            names = [name for name, kind in kinds.items() if not kind.startswith("ClassVar[")]
            given = {name: _plain(cls.__dict__.get(name, _ABSENT)) for name in names}
            if not plain or _unusual(cls, given, options):
                return _by_standard(cls, options)
            # The standard one would put the signature here, which takes long to find out.
            cls.__doc__ = cls.__doc__ or cls.__name__
            return _finished(cls, given, options)

        return made if cls is None else made(cls)

    def _plain(said):
        """A field as our own; None where the standard one has to weigh it."""
        if type(said) is _Field:
            return said
        if type(said).__module__ != "dataclasses":
            return _Field(said)
        if not said.init or said.kw_only is True or said.metadata:
            return None
        from dataclasses import MISSING

        default, factory = (_ABSENT if each is MISSING else each for each in (said.default, said.default_factory))
        return _Field(default, factory, said.repr, said.hash, said.compare)

    _OWN = {"__init__", "__post_init__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getstate__", "__setstate__"}
    _MARKS = ("InitVar", "KW_ONLY", ".ClassVar")

    def _unusual(cls, given, options):
        """Whether a class asks for more: what it writes itself is for the standard one to weigh."""
        if options.keys() - {"frozen", "slots", "eq", "order"} or not options.get("slots"):
            return True
        if not _OWN.isdisjoint(cls.__dict__) or None in given.values():
            return True
        kinds = "\n".join(map(str, cls.__annotations__.values()))
        return any(mark in kinds for mark in _MARKS) or any(each.default.__class__.__hash__ is None for each in given.values())

    def _by_standard(cls, options):
        import dataclasses

        for name, said in list(cls.__dict__.items()):
            if type(said) is _Field:
                setattr(cls, name, _standard_field(dataclasses, said))
        return dataclasses.dataclass(**options)(cls)

    def _standard_field(dataclasses, said):
        words = {"repr": said.repr, "hash": said.hash, "compare": said.compare}
        if said.default is not _ABSENT:
            words["default"] = said.default
        if said.default_factory is not _ABSENT:
            words["default_factory"] = said.default_factory
        return dataclasses.field(**words)

    class _Asked:
        """What the standard module wants to know of a class, found out when it asks."""

        def __init__(self, name, given, options):
            self.name, self.given, self.options = name, given, options
            self.cls = None

        def __get__(self, instance, owner=None):
            import dataclasses

            space = {name: _standard_field(dataclasses, said) for name, said in self.given.items()}
            alike = type(self.cls.__name__, (), {**space, "__annotations__": {name: self.cls.__annotations__[name] for name in self.given}})
            alike.__module__ = self.cls.__module__
            found = getattr(dataclasses.dataclass(**{**self.options, "slots": False})(alike), self.name)
            setattr(self.cls, self.name, found)
            return found

    def _finished(cls, given, options):
        """The class again, with a slot for each field and the methods of a data class."""
        names = tuple(given)
        space = {name: value for name, value in cls.__dict__.items() if name not in given}
        space.pop("__dict__", None)
        space.pop("__weakref__", None)
        space["__slots__"] = space["__match_args__"] = names
        space.setdefault("__repr__", _repr(tuple(name for name, said in given.items() if said.repr)))
        if options.get("eq", True):
            compared = _values([name for name, said in given.items() if said.compare])
            space |= _comparisons(compared) if options.get("order") else {"__eq__": _equality(compared)}
            hashed = [name for name, said in given.items() if (said.compare if said.hash is None else said.hash)]
            space["__hash__"] = _hash(_values(hashed)) if options.get("frozen") else None
        if options.get("frozen"):
            space["__setattr__"], space["__delattr__"] = _set, _delete
            space["__getstate__"], space["__setstate__"] = _get_state, _set_state
        asked = [_Asked(name, given, options) for name in ("__dataclass_fields__", "__dataclass_params__")]
        space |= {each.name: each for each in asked}
        made_later = space["__init__"] = _Init(given)
        for name in ("__repr__", "__eq__", "__hash__"):
            if getattr(space.get(name), "__module__", "") in (__name__, None):
                space[name].__qualname__, space[name].__module__ = f"{cls.__qualname__}.{name}", cls.__module__
        # All at once: whatever is set later has the class look through all its methods.
        made = type(cls)(cls.__name__, cls.__bases__, space)
        made.__qualname__ = cls.__qualname__
        for each in (*asked, made_later):
            each.cls = made
        _quick.add(made)
        return made

    class _Init:
        """`__init__`, compiled when it is first called or looked at: of most classes that are there nothing is made."""

        def __init__(self, given):
            self.given = given
            self.cls = None

        def __get__(self, instance, owner=None):
            cls, words = self.cls, {"_absent": _ABSENT}
            exec(_init(self.given, words), words)
            words.update((f"_set{number}", getattr(cls, name).__set__) for number, name in enumerate(self.given))
            found = words["__init__"]
            found.__qualname__, found.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
            found.__annotations__ = {**{name: cls.__annotations__[name] for name in self.given}, "return": None}
            cls.__init__ = found
            return found if instance is None else found.__get__(instance)

    def _init(given, words):
        """The text of `__init__`; `words` are what it uses, but for `_set0` and so on, which set the slots."""
        taken, lines = ["self"], []
        for number, (name, said) in enumerate(given.items()):
            value = name
            if said.default is not _ABSENT:
                words[f"_default{number}"] = said.default
                taken.append(f"{name}=_default{number}")
            elif said.default_factory is not _ABSENT:
                words[f"_make{number}"] = said.default_factory
                taken.append(f"{name}=_absent")
                value = f"_make{number}() if {name} is _absent else {name}"
            else:
                taken.append(name)
            lines.append(f"\n _set{number}(self, {value})")
        return f"def __init__({', '.join(taken)}):{''.join(lines) or ' pass'}\n"

    def _values(names):
        """Takes the values of some fields, as one value."""
        return attrgetter(*names) if names else lambda self: ()

    def _comparisons(values):
        signs = {"__lt__": operator.lt, "__le__": operator.le, "__gt__": operator.gt, "__ge__": operator.ge}
        return {"__eq__": _equality(values), **{name: _comparison(values, sign) for name, sign in signs.items()}}

    def _comparison(values, sign):
        def compare(self, other):
            return sign(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

        return compare

    def _equality(values):
        def __eq__(self, other):
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        return __eq__

    def _hash(values):
        def __hash__(self):
            return hash(values(self))

        return __hash__

    def _repr(names):
        def __repr__(self):
            inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
            return f"{type(self).__qualname__}({inner})"

        return __repr__

    def _set(self, name, value):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delete(self, name):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _get_state(self):
        return [getattr(self, name) for name in self.__slots__]

    def _set_state(self, state):
        for name, value in zip(self.__slots__, state, strict=True):
            object.__setattr__(self, name, value)
