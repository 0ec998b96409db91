"""What a release does not have is told at the author's word for it."""

from __future__ import annotations

import pytest
from tests.scaffold import HEAD, PLATFORM

from modelwright.model import Place, Source
from modelwright.pipeline import build

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  size: small
  format: sklearn
  sources:
  - {uri: "gs://models/iris", mountPath: /mnt/models}
  environments: {dev: {}}
"""


@pytest.mark.parametrize("versions", ['kserve: "0.15"', 'openDataHub: "2.35"'])
def test_sources_on_a_release_without_them(versions: str) -> None:
    platform = PLATFORM.replace('kserve: "0.20"', versions)
    if "openDataHub" in versions:
        platform = platform.replace("flavour: kubernetes", "flavour: openshift")
    texts = {"modelwright.yaml": HEAD, "blueprints/platform.yaml": platform, "blueprints/iris.yaml": MODEL}
    (problem,) = [p for p in build([Source(*each) for each in texts.items()]).problems if p.code == "MW501"]
    assert isinstance(problem.place, Place) and problem.place.path == ("spec", "sources")

RUNTIME = """\
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: mine}
spec:
  scope: cluster
  formats: [{name: sklearn, version: "1"}]
  protocols: [v2]
  image: quay.io/me/server:1
  environments: {dev: {}}
"""


def test_a_runtime_of_the_cluster_where_that_kind_is_absent() -> None:
    platform = PLATFORM.replace('kserve: "0.20"', 'openDataHub: "2.35"').replace("flavour: kubernetes", "flavour: openshift")
    texts = {"modelwright.yaml": HEAD, "blueprints/platform.yaml": platform, "blueprints/mine.yaml": RUNTIME}
    (problem,) = [p for p in build([Source(*each) for each in texts.items()]).problems if p.code == "MW506"]
    assert isinstance(problem.place, Place) and problem.place.path == ("spec", "scope")
