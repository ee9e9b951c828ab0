"""The self-contained HTML report and the components it is made of."""
