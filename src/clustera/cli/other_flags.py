"""Flags that a command has not: which of its own does what they ask for."""

from __future__ import annotations

import typer

# Where other programs are told to write.
_PLACES = frozenset(
    {"o", "out", "output", "outfile", "out_file", "output_file", "outdir", "out_dir", "output_dir", "output_folder", "dest", "save"}
)  # fmt: skip


def flag_meant(flag: str, ctx: typer.Context) -> str:
    """A sentence with the flag of a command that does what an unknown one asks for; an empty string where none does.

    Args:
        flag: As it was given, with its dashes.
        ctx: Of the command.
    """
    from clustera.settings import all_options, option_elsewhere  # only a wrong flag needs them

    own = {flag for parameter in ctx.command.params for flag in parameter.opts}
    name = flag.lstrip("-").replace("-", "_").lower()
    if name in _PLACES:
        return "The run is a folder NAME in a folder FOLDER: say --runs FOLDER --name NAME." if "--name" in own else ""
    option = option_elsewhere(name) or name
    if f"--{option}" in own:
        return f"Say --{option}."
    return f"Say --set {option}=VALUE." if "--set" in own and option in all_options() else ""
