"""`dataclass`, made in less than half the time: a command makes a hundred of these classes before it does anything.

The standard one compiles up to six functions for each class, one by one. Here what must be quick is compiled together,
and what prints or refuses changes is the same function for all. To a type checker, to `fields`, `replace` and
`is_dataclass` it is the standard one, which also makes every class that asks for more than this one gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    class _Absent:
        """Stands for a field that is made anew for each."""

        def __repr__(self):
            return "<factory>"

    _ABSENT = _Absent()

    def dataclass(cls=None, /, **options):
        """As `dataclasses.dataclass`."""

        def made(cls):
            if _unusual(cls, options):
                return dataclasses.dataclass(**options)(cls)
            # The standard one would put the signature here, which takes long to find out.
            cls.__doc__ = cls.__doc__ or cls.__name__
            plain = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
            return _finished(plain, dataclasses.fields(plain), options)

        return made if cls is None else made(cls)

    _OWN = {"__init__", "__post_init__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getstate__", "__setstate__"}

    def _unusual(cls, options):
        """Whether a class asks for more: what it writes itself or inherits is for the standard one to weigh."""
        if options.keys() - {"frozen", "slots", "eq"} or not options.get("slots") or cls.__bases__ != (object,):
            return True
        given = cls.__dict__
        if not _OWN.isdisjoint(given):
            return True
        if any("InitVar" in str(kind) or "KW_ONLY" in str(kind) for kind in cls.__annotations__.values()):
            return True
        special = (value for value in given.values() if isinstance(value, dataclasses.Field))
        return any(each.kw_only is True or not each.init for each in special)

    def _finished(cls, fields, options):
        setters = tuple(getattr(cls, each.name).__set__ for each in fields)
        space = {"_absent": _ABSENT}
        text = _init(fields, setters, space)
        written = ["__init__"]
        if options.get("eq", True):
            text += _equal([each.name for each in fields if each.compare])
            hashed = [each.name for each in fields if (each.compare if each.hash is None else each.hash)]
            text += f"def __hash__(self): return hash({_values('self', hashed)})\n"
            written += ["__eq__", "__hash__"]
        exec(text, space)
        for name in written:
            function = space[name]
            function.__qualname__, function.__module__ = f"{cls.__qualname__}.{name}", cls.__module__
            setattr(cls, name, function)
        cls.__init__.__annotations__ = {**{each.name: each.type for each in fields}, "return": None}
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = _repr(tuple(each.name for each in fields if each.repr))
        if options.get("frozen"):
            cls.__dataclass_params__.frozen = True  # asked when another one inherits
            cls.__setattr__, cls.__delattr__ = _set, _delete
            cls.__getstate__, cls.__setstate__ = _get_state, _set_state(setters)
        elif options.get("eq", True):
            cls.__hash__ = None
        return cls

    def _init(fields, setters, space):
        words, lines = ["self"], []
        for number, (each, setter) in enumerate(zip(fields, setters, strict=True)):
            space[f"_set{number}"] = setter
            value = each.name
            if each.default is not dataclasses.MISSING:
                space[f"_default{number}"] = each.default
                words.append(f"{each.name}=_default{number}")
            elif each.default_factory is not dataclasses.MISSING:
                space[f"_make{number}"] = each.default_factory
                words.append(f"{each.name}=_absent")
                value = f"_make{number}() if {each.name} is _absent else {each.name}"
            else:
                words.append(each.name)
            lines.append(f"\n _set{number}(self, {value})")
        return f"def __init__({', '.join(words)}):{''.join(lines) or ' pass'}\n"

    def _equal(names):
        same = f"{_values('self', names)} == {_values('other', names)}"
        return f"def __eq__(self, other): return {same} if other.__class__ is self.__class__ else NotImplemented\n"

    def _values(whose, names):
        return f"({''.join(f'{whose}.{name}, ' for name in names)})"

    def _repr(names):
        def __repr__(self):
            inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
            return f"{type(self).__qualname__}({inner})"

        return __repr__

    def _set(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delete(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _get_state(self):
        return [getattr(self, name) for name in self.__slots__]

    def _set_state(setters):
        def __setstate__(self, state):
            for setter, value in zip(setters, state, strict=True):
                setter(self, value)

        return __setstate__
