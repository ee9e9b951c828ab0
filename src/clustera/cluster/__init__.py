"""K-Means, its sweep over k, and how many segments there are."""
