"""Where the packages are: code below `generator/`, the catalog below `schemas/` (modelwright.schemas)."""

from pathlib import Path

from setuptools import find_packages, setup

CATALOG = sorted(
    str(path.relative_to("schemas")) for path in Path("schemas").rglob("*") if path.suffix in (".json", ".yaml")
)

setup(
    packages=[*find_packages("generator"), "modelwright.schemas"],
    package_dir={"": "generator", "modelwright.schemas": "schemas"},
    package_data={"": ["*.yaml", "*.md", "py.typed", "templates/*.j2"], "modelwright.schemas": CATALOG},
)
