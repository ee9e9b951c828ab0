"""Segments by K-Means: the whole sweep over k at once, how sure it is, and the estimators."""
