"""The model as an ONNX graph in double: fill, power transformation, standardizing, weights and the nearest center.

The steps, and the order of their additions, are those of `query`; the numbers are those of the model's records. Written by
hand: a converter of scikit-learn pipelines would compute in single precision, and differ near the borders.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from clustera.errors import missing_extra
from clustera.export.needs import TAKEN, numbers_needed
from clustera.export.query import EXPONENT_END, SERIES_UP_TO, Proof
from clustera.records import FeaturePreparation, Model
from clustera.transform import EPS, FAR
from clustera.version import __version__

OPSET, IR_VERSION = 18, 9  # what runtimes since 2023 read
ONNX_INPUT, ONNX_OUTPUT = "features", "segment"
_ORDERS = (7.0, 6.0, 5.0, 4.0, 3.0, 2.0)  # of the series of exp(u) - 1, the highest first


def onnx_model(model: Model) -> Any:  # noqa: ANN401 - the type of an optional package
    """The graph: `features` (double, n x n_features, NaN or infinite where missing) to `segment` (int64, n).

    Args:
        model: Of a run.

    Raises:
        SetupError: the package onnx is not installed.
    """
    graph = _Graph()
    features = model.preparation.features
    missing = graph.node("Or", graph.node("IsNaN", ONNX_INPUT), graph.node("IsInf", ONNX_INPUT))
    filled = graph.node("Where", missing, graph.number([f.fill for f in features]), ONNX_INPUT)
    columns = graph.nodes("Split", filled, outputs=len(features), axis=1, num_outputs=len(features))
    points = [_point(graph, column, feature) for column, feature in zip(columns, features, strict=True)]
    distance = ""
    for j, point in enumerate(points):
        apart = graph.node("Sub", point, graph.number([[center[j] for center in model.centers]]))
        square = graph.node("Mul", apart, apart)
        distance = graph.node("Add", distance, square) if distance else square
    # The first of the nearest, as `predict` takes it.
    place = graph.node("ArgMin", distance, axis=1, keepdims=0, select_last_index=0)
    graph.node("Gather", graph.whole(model.segments), place, name=ONNX_OUTPUT, axis=0)
    return graph.model(len(features))


def describe_onnx(
    made: Any,  # noqa: ANN401
    model: Model,
    names: Mapping[int, str],
    *,
    called: Mapping[str, str],
    proof: Proof,
    run: str,
    by: str,
) -> bytes:
    """The bytes of a graph with what a reader must know: features in order, names of segments, and the proof.

    Args:
        made: As `onnx_model` gives it; its metadata are set.
        model: Of the run.
        names: Of segments.
        called: Feature -> its name in the run's own table, where that is another.
        proof: What came of running it.
        run: The run's name.
        by: What ran it.
    """
    features = [called.get(feature.name, feature.name) for feature in model.preparation.features]
    told = {
        "run": run,
        "features": json.dumps(features, ensure_ascii=False),
        "brackets": json.dumps(_bracket_numbers(model, called), ensure_ascii=False),
        "values": " ".join([*numbers_needed(model.columns), TAKEN]),
        "segments": json.dumps({str(s): names[s] for s in model.segments}, ensure_ascii=False),
        "proof": (
            f"Run by {by} on {proof.customers:,} customers of the run and {proof.edges:,} generated edge cases (ties, missing "
            f"values, extremes); {proof.differ} of {proof.rows:,} labels differ from clustera predict."
        ),
    }
    del made.metadata_props[:]
    for key, value in told.items():
        made.metadata_props.add(key=key, value=value)
    made.doc_string = (
        f"Segments of the run {run}. Input: {ONNX_INPUT}, double, one row per customer, columns {', '.join(features)}; NaN or an infinite number is a missing "
        f"value. Output: {ONNX_OUTPUT}, the number of the segment."
    )
    return bytes(made.SerializeToString())


def _bracket_numbers(model: Model, called: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Each column of brackets, as the table calls it -> the number of each of its cells."""
    used = {feature.name for feature in model.preparation.features}
    return {
        called.get(column.name, column.name): dict(column.format.brackets)
        for column in model.columns
        if column.name in used and column.format.brackets
    }


def _point(graph: _Graph, value: str, feature: FeaturePreparation) -> str:
    """One feature (n, 1) as a coordinate, in single precision as points are kept."""
    straight = value if feature.power is None else _straightened(graph, value, feature.power)
    most = sys.float_info.max
    low = max(feature.mean - FAR * feature.scale, -most)
    high = min(feature.mean + FAR * feature.scale, most)
    end, weight = FAR * feature.weight, graph.number(feature.weight)
    centered = graph.node("Sub", straight, graph.number(feature.mean))
    scaled = graph.node("Mul", graph.node("Div", centered, graph.number(feature.scale)), weight)
    above = graph.node("GreaterOrEqual", straight, graph.number(high))
    below = graph.node("LessOrEqual", straight, graph.number(low))
    stopped = graph.node("Where", below, graph.number(-end), scaled)
    stopped = graph.node("Where", above, graph.number(end), stopped)
    return graph.node("Cast", graph.node("Cast", stopped, to=1), to=11)  # to float and back to double


def _straightened(graph: _Graph, value: str, power: float) -> str:
    """Yeo-Johnson's transformation, its logarithm and its exponential exact near 0."""
    zero, one = graph.number(0.0), graph.number(1.0)
    negative = graph.node("Less", value, zero)
    size = graph.node("Abs", value)
    more = graph.node("Add", one, size)
    lost = graph.node("Div", size, graph.node("Sub", more, one))
    exact = graph.node("Mul", graph.node("Log", more), lost)
    log = graph.node("Where", graph.node("Equal", more, one), size, exact)
    up = _power_nodes(graph, log, power, exact=abs(power) < EPS)
    mirror = 2 - power
    down = graph.node("Neg", _power_nodes(graph, log, mirror, exact=abs(mirror) <= EPS))
    return graph.node("Where", negative, down, up)


def _power_nodes(graph: _Graph, log: str, power: float, *, exact: bool) -> str:
    """(exp(power x log) - 1) / power; the logarithm itself where the power is 0."""
    if exact:
        return log
    one, by = graph.number(1.0), graph.number(power)
    free = graph.node("Mul", by, log)
    u = graph.node("Min", graph.node("Max", free, graph.number(-EXPONENT_END)), graph.number(EXPONENT_END))
    series = one
    for order in _ORDERS:
        next_term = graph.node("Mul", graph.node("Div", u, graph.number(order)), series)
        series = graph.node("Add", one, next_term)
    near = graph.node("Less", graph.node("Abs", u), graph.number(SERIES_UP_TO))
    far = graph.node("Sub", graph.node("Exp", u), one)
    return graph.node("Div", graph.node("Where", near, graph.node("Mul", u, series), far), by)


class _Graph:
    """A graph in the making: nodes in order, and each number once."""

    def __init__(self) -> None:
        try:
            from onnx import TensorProto, helper, numpy_helper
        except ImportError as error:
            raise missing_extra("onnx", "onnx") from error
        self._helper: Any = helper
        self._types, self._arrays = TensorProto, numpy_helper
        self._nodes: list[Any] = []
        self._numbers: dict[tuple[Any, ...], tuple[str, Any]] = {}

    def nodes(self, kind: str, *inputs: str, outputs: int, **attributes: int) -> list[str]:
        """A node with several outputs; returns their names."""
        names = [f"n{len(self._nodes)}_{place}" for place in range(outputs)]
        self._nodes.append(self._helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def node(self, kind: str, *inputs: str, name: str = "", **attributes: int) -> str:
        """A node; returns the name of its output."""
        output = name or f"n{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def number(self, values: Any) -> str:  # noqa: ANN401 - a number or a list of them
        """Doubles; returns their name."""
        return self._constant(np.asarray(values, dtype=np.float64))

    def whole(self, values: Any) -> str:  # noqa: ANN401
        """64-bit integers; returns their name."""
        return self._constant(np.asarray(values, dtype=np.int64))

    def _constant(self, values: np.ndarray[Any, Any]) -> str:
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._numbers:
            name = f"c{len(self._numbers)}"
            self._numbers[key] = (name, self._arrays.from_array(values, name))
        return self._numbers[key][0]

    def model(self, features: int) -> Any:  # noqa: ANN401
        """All of it, checked."""
        import onnx

        make, types = self._helper, self._types
        graph = make.make_graph(
            self._nodes,
            "clustera",
            [make.make_tensor_value_info(ONNX_INPUT, types.DOUBLE, ["customers", features])],
            [make.make_tensor_value_info(ONNX_OUTPUT, types.INT64, ["customers"])],
            [tensor for _, tensor in self._numbers.values()],
        )
        made = make.make_model(graph, opset_imports=[make.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        made.producer_name, made.producer_version = "clustera", __version__
        onnx.checker.check_model(made)
        return made
