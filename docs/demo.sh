#!/bin/sh
# The example, compiled; then one line of it broken, and what modelwright says.
set -u
modelwright=$1
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT

say "1. A blueprint: blueprints/risk/fraud-detector.yaml"
cat blueprints/risk/fraud-detector.yaml

say "2. modelwright compile: blueprints/ -> overlays/, judged by each cluster's own rules"
"$modelwright" compile || exit 1
find overlays -name kustomization.yaml | wc -l | xargs printf '%s folders that kustomize builds\n'

say "3. What came out: the base, and what production changes"
cat overlays/base/risk/fraud-detector/inferenceservice.yaml
cat overlays/prod/risk/fraud-detector/patch-inferenceservice.yaml 2>/dev/null
echo "---  dev"
cat overlays/dev/risk/fraud-detector/patch-inferenceservice.yaml

say "4. Misspell a format, and check"
cp -R modelwright.yaml blueprints "$here"
sed 's/format: sklearn/format: sklaern/' blueprints/risk/churn.yaml > "$here/blueprints/risk/churn.yaml"
"$modelwright" -C "$here" check
code=$?
say "exit code $code: nothing was written"
[ "$code" = 1 ]
