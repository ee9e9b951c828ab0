"""Every notebook runs from its first cell to its last."""

import os
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from tests.waiting import PATIENCE

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """One kernel for all notebooks: to start one and to load the libraries costs as much as a notebook's own work."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "households.py").write_bytes((EXAMPLES / "households.py").read_bytes())
    # One thread, as in the other tests: those of scikit-learn spin on small tables.
    manager, client = start_new_kernel(cwd=str(folder), env=os.environ | {"OMP_NUM_THREADS": "1"})
    client.stop_channels()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_runs(path, kernel):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))  # no name comes from the notebook before
    client = NotebookClient(notebook, km=kernel, timeout=int(PATIENCE))
    try:
        client.execute()
    finally:
        client.kc.stop_channels()
