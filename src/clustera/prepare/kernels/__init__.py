"""Compiled inner loops: arrays in, arrays out, no import of the house."""
