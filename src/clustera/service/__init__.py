"""The dashboard and the REST API of a folder of runs: pages made of `components`, and the same as JSON and CSV.

No logic of its own: what a page shows the command and Python give as well, and each page says how.
"""

from clustera.service.app import create_app
from clustera.service.serving import serve

__all__ = ["create_app", "serve"]
