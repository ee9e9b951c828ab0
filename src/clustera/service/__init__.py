"""The dashboard and the REST API of a folder of runs: pages made of `components`, and the same as JSON and CSV.

No logic of its own: what a page shows the command and Python give as well, and each page says how. `serving.serve` is
`clustera serve`; `app.create_app` makes the application for any ASGI server. Nothing is loaded here: a worker
needs no web framework.
"""
