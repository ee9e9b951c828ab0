"""How the tables of the service came to be, one step after the other; steps that were released never change."""
