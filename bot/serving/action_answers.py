"""What the action server answers, against Rasa's own schema of it.

Rasa checks that schema itself again with every answer: two thirds of the processor time of a turn.
"""

from __future__ import annotations

from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

_SCHEMA = RemoteAction.action_response_format_spec()
_VALIDATOR = validator_for(_SCHEMA)(_SCHEMA)


def check_answer(_: RemoteAction, answer: Any) -> bool:
    """True.

    Raises:
        jsonschema.ValidationError: the answer has another form.
    """
    error = best_match(_VALIDATOR.iter_errors(answer))
    if error is not None:
        raise error
    return True


def use_checked_schema() -> None:
    """From now on every call of an action, a form's included, is checked by ``check_answer``."""
    RemoteAction._validate_action_result = check_answer
