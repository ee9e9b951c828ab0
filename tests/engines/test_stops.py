"""Ctrl-C ends the work, whatever DuckDB makes of it."""

import contextlib
import signal
import threading

import pytest

from clustera.engines.stopping import stops
from clustera.heard import hear_stop, stop_was_heard


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def stop(request):
    """A signal that asks to stop, as the command hears it."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)


def test_a_stop_that_is_swallowed_is_heard(stop):
    done = []

    def go_on():
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(stop)
        done.append("the query went on")

    with pytest.raises(KeyboardInterrupt), stops():
        go_on()
    assert done == ["the query went on"]
    assert signal.getsignal(stop) is signal.default_int_handler


def test_a_stop_that_comes_back_as_a_complaint_is_a_stop(stop):
    def complain():
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(stop)
        raise RuntimeError("something else went wrong")

    with pytest.raises(KeyboardInterrupt), stops():
        complain()
    with pytest.raises(RuntimeError, match="something"), stops():
        raise RuntimeError("something else went wrong")


def test_another_handler_of_the_caller_is_left_alone():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with stops():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]


def test_in_another_thread_nothing_is_installed(stop):
    seen = []

    def work():
        with stops():
            seen.append(signal.getsignal(stop))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_a_stop_that_was_swallowed_before_a_query_is_heard_by_it(stop):
    signal.signal(stop, hear_stop)  # as the command has it
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(stop)
    assert stop_was_heard()
    ran = []
    with pytest.raises(KeyboardInterrupt), stops():
        ran.append(1)
    assert ran == []
    assert not stop_was_heard()
    with stops():
        ran.append(1)
    assert ran == [1]
