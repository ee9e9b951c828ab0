"""The model as ONNX, run against `predict` before anybody gets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clustera import export
from clustera.engines import Rows
from clustera.export import Proof
from clustera.pipeline.querying import Floats, Labels, compare_labels
from clustera.pipeline.table_names import names_in_table
from clustera.records import Model


def model_onnx(model: Model, names: Mapping[int, str], values: Rows | None, *, run: str) -> tuple[bytes, Proof, str]:
    """A graph that assigns segments in double, with its proof in its metadata.

    Args:
        model: Of a run.
        names: Of segments.
        values: The run's customers with their features; None where the run does not keep them.
        run: Its name.

    Returns:
        The file's bytes, the proof, and what ran it: ONNX Runtime where it is installed, else ONNX's reference evaluator.

    Raises:
        RunError: a label differs from what `predict` says.
        SetupError: the package onnx is not installed.
    """
    made = export.onnx_model(model)
    session, by = onnx_session(made)
    proof = compare_labels(model, values, session, what="ONNX graph")
    return (
        export.describe_onnx(made, model, names, called=names_in_table(model), proof=proof, run=run, by=by),
        proof,
        by,
    )


def onnx_session(made: Any) -> tuple[Callable[[Floats], Labels], str]:  # noqa: ANN401 - the type of an optional package
    """What runs a graph on values (n, n_features), and its name with its version."""
    try:
        import onnxruntime
    except ImportError:
        import onnx
        from onnx.reference import ReferenceEvaluator

        evaluator: Any = ReferenceEvaluator(made)

        def evaluate(values: Floats) -> Labels:
            with np.errstate(all="ignore"):  # of what a Where does not take
                return np.asarray(evaluator.run(None, {export.ONNX_INPUT: values})[0], dtype=np.int64)

        return evaluate, f"the reference evaluator of ONNX {onnx.__version__}"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session: Any = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def run(values: Floats) -> Labels:
        return np.asarray(session.run(None, {export.ONNX_INPUT: values})[0], dtype=np.int64)

    return run, f"ONNX Runtime {onnxruntime.__version__}"
