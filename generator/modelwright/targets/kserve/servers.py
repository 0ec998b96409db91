"""The one server of a predictor.

Source: kserve `pkg/apis/serving/v1beta1/predictor.go` (GetImplementations), `component.go` (validateExactlyOneImplementation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.rules.check import Row, Run
from modelwright.targets.kserve.defaulting import FRAMEWORKS, SERVER
from modelwright.typed import Any

BLOCKS = frozenset(["model", *FRAMEWORKS])
"""Words of a predictor that say a model."""


def one_server(predictor: Any, run: Run) -> Iterator[Row]:
    """A row where a predictor says no model, or more than one. A container is one where it is called `kserve-container`,
    or where nothing else is."""
    if not isinstance(predictor, Mapping):
        return
    said = [word for word in predictor if word in BLOCKS]
    containers = predictor.get("containers")
    if isinstance(containers, list):
        said += [SERVER for each in containers if isinstance(each, dict) and each.get("name") == SERVER]
    if len(said) > 1:
        several = " and ".join(f"`{word}`" for word in said[:5])
        other = f"; what the model's server needs, such as `env`, is said in `{said[0]}`" if SERVER in said[1:] else ""
        yield (), f"the predictor says more than one model: {several}", f"keep one{other}"
    elif not said and not containers:
        yield ("model",), "the predictor says no model", "say `model`, or a container of your own under `containers`"
