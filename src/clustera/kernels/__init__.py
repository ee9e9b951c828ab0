"""Compiled inner loops: arrays in, arrays out.

Each module stands beside a C file of its name. Those are compiled when the package is installed (`hatch_build.py`), so that
nobody waits for a compiler later, and run without the interpreter's lock.
"""
