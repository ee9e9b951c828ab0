"""The version of the package; runs and the cache of page templates name it."""

__version__ = "0.1.0"
