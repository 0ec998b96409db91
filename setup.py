"""Where the packages are: code below `generator/`, the catalog below `schemas/` (modelwright.schemas)."""

from setuptools import find_packages, setup

setup(
    include_package_data=False,  # `package_data` says it all; else setuptools warns of each folder of data
    packages=[*find_packages("generator"), "modelwright.schemas"],
    package_dir={"": "generator", "modelwright.schemas": "schemas"},
    package_data={
        "modelwright": ["**/*.json", "**/*.yaml", "**/*.j2", "**/*.md", "py.typed"],
        "modelwright.schemas": ["**/*.json", "**/*.yaml"],
    },
)
