"""Argo CD: the project and the applications that carry overlays to clusters, and the order within them."""

from pathlib import PurePath

from modelwright.targets import Target
from modelwright.targets.argocd.delivery import nothing, shared
from modelwright.targets.argocd.waves import decorate

TARGET = Target("argocd", frozenset(), PurePath(__file__).parent, nothing, shared, decorate, decorate)
