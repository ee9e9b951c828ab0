"""An estimator that is fitted again: it is as if it were new, or as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def fitted_anew(model: object) -> Iterator[None]:
    """What an earlier fit set (`labels_`, `n_features_in_`) is gone, and there again where the fit ends in an error or Ctrl-C.

    A fit that stops half way would else leave an estimator of two fits: centers of four features that takes rows of six.

    >>> class Model: ...
    >>> model = Model()
    >>> model.center_ = 3
    >>> with fitted_anew(model):
    ...     model.n_features_in_ = 6
    ...     raise ValueError
    Traceback (most recent call last):
    ValueError
    >>> vars(model)
    {'center_': 3}
    """
    before = dict(vars(model))
    for name in before:
        if name.endswith("_") and not name.startswith("_"):
            delattr(model, name)
    try:
        yield
    except BaseException:
        vars(model).clear()
        vars(model).update(before)
        raise
