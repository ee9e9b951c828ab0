"""The steps; `REVISIONS` of `clustera.service.database` has their order."""
