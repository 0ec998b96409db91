# What a person does here. Each verb sets up what it needs.
PYTHON ?= python3
BIN = .venv/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check golden bench bench-quick bench-publish stress tools clean docs rules mutate prove pythons

demo: .venv/installed         ## compile the example and show what came out
	@sh docs/demo.sh $(BIN)/modelwright

test: .venv/dev               ## all tests
	$(BIN)/python -m pytest -n 2

check: .venv/dev              ## style, types, and the example's own overlays
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/modelwright check

golden: .venv/dev             ## accept the outputs as they are now
	$(BIN)/python -m pytest -n 2 --update-golden

bench: .venv/dev tools        ## ratios against kustomize, kubeconform and Kapitan; 10,000 models and files; about 15 minutes
	$(BIN)/python benchmarks

bench-quick: .venv/dev tools  ## the same with fewer models; about 1 minute
	$(BIN)/python benchmarks --quick

rules: .venv/dev              ## pack the rule files, after a change to one
	$(BIN)/python -m modelwright.rules

mutate: .venv/dev             ## delete each check of the rules in turn: does a test miss it?
	$(BIN)/python -m tests.rules.mutation

docs: .venv/dev               ## the reference pages, from the program itself
	$(BIN)/python -m modelwright.docs docs/reference

prove: .venv/dev tools        ## many more drawn workspaces than the tests take; some minutes
	MODELWRIGHT_EXAMPLES=$${MODELWRIGHT_EXAMPLES:-200} $(BIN)/python -m pytest -n 2 tests/test_drawn.py tests/test_drawn_kustomize.py tests/load/test_editors.py tests/kustomize/test_drawn.py

bench-publish: .venv/dev      ## publishing 10,000 models of which 5 changed, against git; a few minutes
	$(BIN)/python benchmarks/publish.py

stress: .venv/dev             ## 12 publishers at once over each transport, 100 kills: minutes, with figures
	MODELWRIGHT_STRESS=1 $(BIN)/python -m pytest -s tests/gitops/test_race.py tests/gitops/test_kill.py

.PHONY: conformance
conformance: .venv/dev        ## judge, YAML and CEL against Kubernetes' own code and published cases: docs/conformance*.md; 15 minutes
	$(BIN)/python -m tests.cel.conformance
	! command -v go >/dev/null || { $(BIN)/python -m tests.cel.recorded && $(BIN)/python -m tests.judge.drawn_rules && $(BIN)/python -m tests.judge.bad_crds && $(BIN)/python -m tests.judge.drawn_policies; }
	! command -v go >/dev/null || { $(BIN)/python -m tests.judge.server && $(BIN)/python -m tests.yamlio.snippets; }
	! command -v go >/dev/null || { $(BIN)/python -m tests.judge.recorded_core && $(BIN)/python -m tests.judge.drawn_core; }
	! command -v go >/dev/null || $(BIN)/python -m tests.targets.kserve.drawn_admission
	MODELWRIGHT_ALL_CRDS=1 $(BIN)/python -m pytest -q tests/importing/test_equal.py
	$(BIN)/python -m pytest -n 2 tests/cel
	$(BIN)/python -m tests.cel.released

tools:                        ## the real tools that tests and benchmarks run
	sh .ci/tools

pythons: .venv/dev            ## the other Pythons of this machine, to prove that each gives the same bytes
	@for python in python3.11 python3.12 python3.13 python3.14; do \
	  test -x .tools/$$python/bin/modelwright || ! $$python -c '' 2>/dev/null || \
	  { $$python -m venv .tools/$$python && .tools/$$python/bin/python -m pip install --quiet --disable-pip-version-check --editable .; }; \
	done

clean:
	rm -rf .venv .tools .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info generator/*.egg-info

.venv/installed: pyproject.toml setup.py
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	@touch $@

.venv/dev: .venv/installed
	$(PIP) --editable '.[dev]'
	@touch $@
