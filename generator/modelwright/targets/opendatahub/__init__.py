"""Open Data Hub over the platforms it carries: what its dashboard, webhooks and controllers read from objects.

It decorates what other targets make, and makes a model's token objects itself; templates stay those of others.
"""

from modelwright.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from modelwright.targets.opendatahub.target import TARGET, decorate
else:

    def __getattr__(name):
        # Rules ask modules beside it for facts: they need not load what blueprints are compiled by.
        if name in ("TARGET", "decorate",):
            from modelwright.targets.opendatahub import target

            return getattr(target, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["TARGET", "decorate"]
