"""What to do for whom: a playbook of readable rules over levels, value, behavior and lifecycle stage, and its tests."""

from clustera.actions.control import control_group
from clustera.actions.options import ActionOptions
from clustera.actions.playbook import Playbook, load_playbook, playbook_text
from clustera.actions.suggestions import suggest_actions
from clustera.power import Baseline

__all__ = [
    "ActionOptions",
    "Baseline",
    "Playbook",
    "control_group",
    "load_playbook",
    "playbook_text",
    "suggest_actions",
]
