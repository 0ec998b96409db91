"""The words of `typing` for modules that a short command loads: to a type checker they are the real ones, and at run time,
where nobody reads annotations, they are next to nothing. To load `typing` takes as long as to judge a manifest.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any, BinaryIO, ClassVar, Literal, NamedTuple, NoReturn, TypeVar
else:
    from collections import namedtuple

    class _Word:
        """Stands in an annotation, or in the name of a type."""

        def __getitem__(self, words):
            return self

        def __or__(self, other):
            return self

        __ror__ = __or__

    class _Named(type):
        """Makes the class that `NamedTuple` makes of the same words."""

        def __new__(cls, name, bases, space):
            names = space["__annotations__"]
            made = namedtuple(name, names, defaults=[space[each] for each in names if each in space], module=space["__module__"])
            for key, value in space.items():
                if key not in names and key not in ("__annotations__", "__module__"):
                    setattr(made, key, value)
            return made

    class _Base:
        def __mro_entries__(self, bases):
            return (type.__new__(_Named, "NamedTuple", (), {}),)

    Any = BinaryIO = ClassVar = Literal = NoReturn = _Word()
    NamedTuple = _Base()

    def TypeVar(name, **words):
        return _Word()


__all__ = ["TYPE_CHECKING", "Any", "BinaryIO", "ClassVar", "Literal", "NamedTuple", "NoReturn", "TypeVar"]
