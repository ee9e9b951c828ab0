"""Counting neighbours, only as far as the question needs."""

from numba import njit


@njit(cache=True, nogil=True)
def lacks_neighbours(z, reference, needed, square, out):  # type: ignore[no-untyped-def]
    """Whether fewer than `needed[i]` reference rows lie within the radius of row i.

    Args:
        z: float64 (n, d), C order.
        reference: float64 (m, d), C order, in random order, so that dense rows are done after a few looks.
        needed: int64 (n,).
        square: Radius, squared.
        out: bool (n,), written in place.

    Cost: O(n m d) at worst, O(n d) times a few looks where most rows have neighbours.
    """
    n, d = z.shape
    for i in range(n):
        left = needed[i]
        for j in range(reference.shape[0]):
            distance = 0.0
            for f in range(d):
                step = z[i, f] - reference[j, f]
                distance += step * step
            if distance <= square:
                left -= 1
                if left == 0:
                    break
        out[i] = left > 0
