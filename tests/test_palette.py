"""The palette, seen with a color-blind eye by the formulas of Machado et al. (2009) and Ottosson's OKLab (2020)."""

import itertools

import numpy as np
import pytest

from clustera import palette

EYES = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(color):
    s = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.793617785, -0.0040720468],
            [1.9779984951, -2.428592205, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.808675766],
        ]
    )
    return lab @ np.cbrt(lms @ rgb)


@pytest.mark.parametrize("eye", EYES)
def test_any_two_colors_can_be_told_apart(eye):
    seen = [oklab(np.clip(np.array(EYES[eye]) @ linear(c), 0, 1)) for c in palette.COLORS]
    assert len(seen) >= 12
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= 0.07


@pytest.mark.parametrize("ground", ["#ffffff", "#121417"])
def test_every_color_stands_off_light_and_dark(ground):
    back = palette.luminance(ground)
    for color in palette.COLORS:
        high, low = sorted((palette.luminance(color), back), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 2


def test_numbers_can_be_read_on_every_color():
    for color in palette.COLORS:
        high, low = sorted((palette.luminance(color), palette.luminance(palette.ink_on(color))), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5
