"""Campaigns with a control group: how large it must be, who is in it, and what the campaign brought."""
