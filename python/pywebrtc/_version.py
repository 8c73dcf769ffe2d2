"""The version: written here, read from here by pyproject.toml and CMakeLists.txt."""

__version__ = "0.1.0"
