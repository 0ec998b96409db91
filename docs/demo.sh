#!/bin/sh
# The example, compiled and published; then one line of it broken, and what modelwright says.
# Usage: docs/demo.sh [MODELWRIGHT]; the program's path is taken from the repository's root.
set -eu
cd "$(dirname "$0")/.."
modelwright=${1:-.venv/bin/modelwright}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
gitops=$copy/gitops.git

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

say "1. A blueprint: blueprints/risk/fraud-detector.yaml"
cat blueprints/risk/fraud-detector.yaml

say "2. modelwright compile: judged by each cluster's own rules, then written"
"$modelwright" compile

say "3. What came out, for this one blueprint"
find overlays -path '*/risk/fraud-detector/*' | LC_ALL=C sort

say "   the base: overlays/base/risk/fraud-detector/inferenceservice.yaml"
cat overlays/base/risk/fraud-detector/inferenceservice.yaml

say "   what production changes: overlays/prod/risk/fraud-detector/patch-inferenceservice.yaml"
cat overlays/prod/risk/fraud-detector/patch-inferenceservice.yaml

say "4. modelwright publish: a commit in a (throw-away, bare) GitOps repository"
git init --quiet --bare --initial-branch=main "$gitops"
"$modelwright" publish "$gitops"
git -C "$gitops" --no-pager log --stat=100 -1
say "   published again: nothing changed, no commit"
"$modelwright" publish "$gitops"

say "5. In a copy, break one line of blueprints/risk/churn.yaml: format: sklearn -> sklaern"
cp -R modelwright.yaml blueprints "$copy"
sed 's/format: sklearn/format: sklaern/' blueprints/risk/churn.yaml > "$copy/blueprints/risk/churn.yaml"
code=0
"$modelwright" -C "$copy" check || code=$?
say "modelwright check: exit code $code"
[ "$code" = 1 ]
