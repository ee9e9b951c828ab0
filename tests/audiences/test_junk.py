"""A definition of thousands of characters of anything is refused, or understood, in a moment."""

import random
import string
import time

import pytest

from clustera.audiences.averages import with_figures
from clustera.audiences.parsing import parse_definition
from clustera.audiences.tokens import DefinitionError
from clustera.errors import closest

LENGTH = 3_000
LETTERS = (string.printable, "abcdef_", "\"' ()", 'abc ="', "1.-, ", "aé“”’ \"'", "a ", "is average ")
WORDS = ("spend", "and", "or", "not", "(", ")", "in", "is", "'Ulm'", "3", "between", "average", "moved", "above", '"')


def junk(draw):
    if draw.random() < 0.3:
        return " ".join(draw.choice(WORDS) for _ in range(LENGTH // 5))
    letters = draw.choice(LETTERS)
    return "".join(draw.choice(letters) for _ in range(LENGTH))


class NoColumns:
    """A population in which no name is found."""

    columns = ()
    audiences = ()

    def column(self, name):
        raise DefinitionError(f"There is no column {name!r}.", position=0)


@pytest.mark.parametrize("seed", range(5))
def test_junk_takes_no_time(seed):
    draw = random.Random(seed)
    texts = [junk(draw) for _ in range(20)]
    texts += ["a" * LENGTH, "is " * LENGTH, "(" * LENGTH, "not " * LENGTH, '"' * LENGTH, "a" + " " * LENGTH + "b"]
    start = time.process_time()
    for text in texts:
        try:
            parse_definition(text)
        except DefinitionError as error:
            with_figures(error, text, NoColumns())
        closest(text, [f"column_{at}" for at in range(40)])
    assert time.process_time() - start < 0.05 * len(texts)
