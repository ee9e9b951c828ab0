"""Compiles the kernels (`src/clustera/kernels/*.c`) whenever the package is installed.

The compiler comes as a package too (`ziglang`, a Clang with all it needs), so nobody needs one on the machine.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "src/clustera/kernels"
COMPILED = "compiled.bin"  # a shared library; the name is the same on every system
FLAGS = (
    "-std=c17",
    "-O3",
    "-fPIC",
    "-fvisibility=hidden",
    "-fno-math-errno",
    "-fno-stack-protector",
    "-fno-sanitize=all",
)
LEVELS = {1: "x86_64", 3: "x86_64_v3"}  # of processors, as `processor.c` tells them apart
COMMON = "processor.c"  # has no levels


class Kernels(BuildHookInterface[Any]):
    """Compiles the kernels beside their source, from where wheels and editable installations take them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is for this platform alone."""
        folder = Path(self.root) / FOLDER
        with tempfile.TemporaryDirectory(prefix="clustera-") as scratch:
            # Renamed into its place: a process that has the old one open keeps it.
            fresh = folder / f"{COMPILED}.{os.getpid()}"
            shutil.copy(_link(folder, Path(scratch)), fresh)
            fresh.replace(folder / COMPILED)
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")


def _link(folder: Path, scratch: Path) -> Path:
    """Compile every kernel for every level of processor and make one library of them."""
    x86 = platform.machine().lower() in {"x86_64", "amd64"}
    objects = []
    for source in sorted(folder.glob("*.c")):
        for level, cpu in LEVELS.items() if x86 and source.name != COMMON else [(1, None)]:
            out = scratch / f"{source.stem}-{level}.o"
            _compiler(scratch, *FLAGS, *([f"-mcpu={cpu}"] if cpu else []), f"-DLEVEL={level}", "-c", source, "-o", out)
            objects.append(out)
    compiled = scratch / COMPILED
    # The kernels call nothing of the system: on Linux one binary runs beside any C library.
    alone = ["-nostdlib"] if sys.platform == "linux" else []
    _compiler(scratch, "-shared", *alone, "-s", *objects, "-o", compiled)
    return compiled


def _compiler(scratch: Path, *arguments: str | Path) -> None:
    """Run the compiler; what it keeps for later goes with the scratch folder."""
    caches = {name: str(scratch / "cache") for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    command = [sys.executable, "-m", "ziglang", "cc", *map(str, arguments)]
    subprocess.run(command, check=True, env={**os.environ, **caches})
