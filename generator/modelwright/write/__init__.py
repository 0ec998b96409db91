"""The only room that changes the overlays folder: decide first (`plan`), then write (`apply`)."""

from modelwright.write.apply import Written, apply
from modelwright.write.plan import Plan, plan, stale

__all__ = ["Plan", "Written", "apply", "plan", "stale"]
