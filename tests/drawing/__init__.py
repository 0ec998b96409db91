"""Draws whole workspaces from the language's own schemas."""

from tests.drawing.author import any_value
from tests.drawing.workspace import Drawn, draw, sound

__all__ = ["Drawn", "any_value", "draw", "sound"]
