"""KServe: InferenceService, ServingRuntime, ClusterServingRuntime."""

from modelwright.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from modelwright.targets.kserve.target import TARGET
else:

    def __getattr__(name):
        # Rules ask modules beside it for facts: they need not load what blueprints are compiled by.
        if name in ("TARGET",):
            from modelwright.targets.kserve import target

            return getattr(target, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["TARGET"]
