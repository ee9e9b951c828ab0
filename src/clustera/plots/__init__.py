"""Statistical figures: matplotlib and seaborn Axes drawn from records."""
