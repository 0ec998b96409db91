"""What the judge says of public manifests stays rare enough to be read (docs/conformance-corpus.md)."""

from __future__ import annotations

import pytest
from tests.corpus.findings import CORPUS, ODH2, ODH3, OLDER, PLAIN, Row, cluster, counted, sample

from modelwright.problems import Problem


@pytest.mark.parametrize(
    ("text", "kind", "release"),
    [
        ("metadata: {name: a}", "InferenceService", PLAIN),
        ('serving.kserve.io/deploymentMode: "RawDeployment"', "InferenceService", OLDER),
        ("multiModel: true", "ServingRuntime", OLDER),
        ("opendatahub.io/dashboard: 'true'", "InferenceService", ODH2),
        ("opendatahub.io/hardware-profile-name: gpu", "InferenceService", ODH3),
        ("opendatahub.io/hardware-profile-name: gpu\nmultiModel: true", "ServingRuntime", ODH2),
        ("opendatahub.io/connections: own", "LLMInferenceService", ODH3),
    ],
)
def test_a_document_is_judged_on_the_cluster_it_is_for(text: str, kind: str, release: object) -> None:
    assert cluster(text, kind) == release


def test_a_sample_has_every_code_and_is_the_same_each_time() -> None:
    found = [Row(f"{code}/{index}", "", Problem(code, "wrong")) for code, count in (("MW1", 50), ("MW2", 1)) for index in range(count)]
    drawn = sample(found, 10)
    assert [row.problem.code for row in drawn].count("MW2") == 1
    assert (len(drawn), drawn) == (10, sample(found, 10))
    assert len(sample(found, 1)) == 2


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public manifests is not beside this checkout")
def test_no_warning_is_told_of_every_third_sound_document() -> None:
    made = counted()
    assert sum(made.sound.values()) > 250
    often = {key: count for key, count in made.noisy.items() if made.sound[key[1]] >= 20 and count * 3 > made.sound[key[1]]}
    assert often == {}
