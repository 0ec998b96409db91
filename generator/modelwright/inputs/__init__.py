"""Manifests that anybody wrote: what there is below the paths that somebody named, read piece by piece."""
