"""`python -m modelwright.rules`: write `packed.json` from the rule files."""

from modelwright.rules.pack import main

main()
