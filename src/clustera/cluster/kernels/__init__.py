"""Compiled inner loops: arrays in, arrays out, nothing of the house."""
