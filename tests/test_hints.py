"""A hint names an option that exists and is near; what belongs to another call is said there."""

import random

import pandas as pd
import pytest

import clustera
from clustera import settings
from clustera.errors import InputError, closest

OPTIONS = list(settings.all_options())


@pytest.mark.parametrize(
    "name", ["zone2", "nmae", "json", "pth", "output", "quiet", "verbose", "open", "n_init", "set"]
)
def test_no_option_that_looks_different_is_offered(name):
    with pytest.raises(InputError) as raised:
        settings.gather_settings(**{name: "x"})
    if near := closest(name, OPTIONS):
        assert raised.value.hint == f"Did you mean {near!r}?"
        assert name == "zone2"
    else:
        assert raised.value.hint.startswith("The options are: ")


def test_every_option_is_found_by_a_slip_of_one_letter():
    draw = random.Random(4)
    for option in (option for option in OPTIONS if len(option) > 3):
        place = draw.randrange(len(option) - 1)
        swapped = option[:place] + option[place + 1] + option[place] + option[place + 2 :]
        for slip in (option[:place] + option[place + 1 :], option[:place] + "x" + option[place:], swapped):
            assert slip in OPTIONS or closest(slip, OPTIONS) == option, slip


def test_what_publishing_is_told_is_said_with_publishing():
    table = pd.DataFrame({"id": range(20), "spend": range(20)})
    with pytest.raises(InputError, match="no option 'name' and no option 'runs'") as raised:
        clustera.segment(table, name="march", runs="runs", progress=False)
    assert raised.value.hint == "Say name and runs when you publish the run: seg.publish(name=..., runs=...)."
