"""Every notebook runs from its first cell to its last."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """What runs the cells in a kernel too, with names of its own, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(EXAMPLES)  # of households.py, which stands beside the notebooks
    without_history = Config({"HistoryManager": {"enabled": False}})
    made = InteractiveShell(user_ns={}, ipython_dir=str(tmp_path / "ipython"), config=without_history)
    yield made
    made.restore_sys_module_state()
    plt.close("all")
    sys.modules.pop("households", None)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_runs(path, shell):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            with capture_output():  # a result is shown as a notebook would, as text and as HTML
                shell.run_cell(cell.source, store_history=False).raise_error()
            for number in plt.get_fignums():  # a notebook draws the figures of a cell when the cell is over
                plt.figure(number).canvas.draw()
            plt.close("all")
