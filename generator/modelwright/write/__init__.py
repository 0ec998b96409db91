"""The only room that changes the workspace: decide first (`plan`), then write (`apply`); and keep new inputs (`record`)."""

from modelwright.write.apply import Written, apply
from modelwright.write.plan import Plan, plan, stale
from modelwright.write.records import record, unrecorded

__all__ = ["Plan", "Written", "apply", "plan", "record", "stale", "unrecorded"]
