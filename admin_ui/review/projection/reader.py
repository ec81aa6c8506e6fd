"""Reads one row of the tracker store: JSON of Rasa in, a masked ``Seen`` out. Touches no database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from admin_ui.review.masking import Hint, Masker
from admin_ui.review.masking.masker import HINTED
from admin_ui.review.projection.seen import IGNORED, Seen
from admin_ui.review.projection.understanding import KEY, read_turn
from admin_ui.review.tracker import EventRow
from contract.conversation import ERASED, REQUESTS, Context, Effect, message_id_of
from contract.signing import verify
from contract.wire import ShopclerkError

FOR_EVER = float("inf")
HANDOFF_ACTION = "action_handoff"
SILENT_ACTIONS = frozenset({"action_listen", "action_session_start"})
SILENT_MESSAGES = frozenset({"/session_start", "/restart", "/back"})
FEEDBACK, OPERATOR, HANDOFF_ENDED = "feedback", "operator_message", "handoff_ended"


class EventReader:
    """Args:
    masker: replaces personal data.
    secret_key: the installation's; contexts and effects in the log are signed with it.
    """

    def __init__(self, masker: Masker, secret_key: str) -> None:
        self._masker = masker
        self._key = secret_key
        self._readers: dict[str, Callable[[EventRow, dict[str, Any]], Seen]] = {
            "user": self._user,
            "bot": self._bot,
            "action": self._action,
            "slot": self._slot,
            "active_loop": self._form,
            "session_started": self._session,
            "restart": self._session,
            ERASED: lambda row, _: _seen(row, ERASED),
        }

    def read(self, row: EventRow) -> Seen:
        """
        Raises:
            ValueError: the row is no event that Rasa writes.
        """
        data = json.loads(row.data)
        if not isinstance(data, dict):
            raise ValueError("it is no JSON object")
        note = _note(data)
        if note.get("kind") in (FEEDBACK, HANDOFF_ENDED):
            return _noted(row, note)
        read = self._readers.get(row.type_name, _ignored)
        try:
            seen = read(row, data)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"it has another shape than Rasa's ({type(error).__name__}: {error})") from error
        if seen.kind == IGNORED and note.get("failed_action"):
            return _seen(row, "action", text=str(note["failed_action"]), detail={"failed": True})
        return seen

    def _user(self, row: EventRow, data: dict[str, Any]) -> Seen:
        if data.get("text") in SILENT_MESSAGES:
            return _ignored(row, data)
        turn = read_turn(row.id, row.sender_id, {**data, "timestamp": row.timestamp}, masker=self._masker)
        metadata = data.get("metadata") or {}
        context = self._context(metadata)
        turn.message_id = message_id_of(context, metadata) if context else data.get("message_id")
        channel = context.channel if context else data.get("input_channel")
        return _seen(row, turn.kind, text=turn.text, channel=channel, turn=turn)

    def _context(self, metadata: dict[str, Any]) -> Context | None:
        token = metadata.get("context")
        try:
            return verify(Context, token, key=self._key, max_age_s=FOR_EVER) if isinstance(token, str) else None
        except ShopclerkError:  # written before the key was changed
            return None

    def _bot(self, row: EventRow, data: dict[str, Any]) -> Seen:
        note = _note(data)
        kind = "operator" if note.get("kind") == OPERATOR or note.get("operator") else "answer"
        custom = (data.get("data") or {}).get("custom") or {}
        detail = self._shown(data.get("data") or {}, custom)
        if note.get("operator"):
            detail["operator"] = str(note["operator"])
        effects = [self._effect(token) for token in custom.get("effects") or []]
        hands_over = any(effect is not None and effect.kind == "handoff" for effect in effects)
        # Line by line, because masking puts a whole message into one line.
        text = "\n".join(self._masker.mask_text(line) for line in (data.get("text") or "").splitlines())
        if kind == "answer" and not text and not detail and not hands_over:
            return _ignored(row, data)
        return _seen(row, kind, text=text, detail=detail, hands_over=hands_over)

    def _shown(self, data: dict[str, Any], custom: dict[str, Any]) -> dict[str, Any]:
        """Titles of buttons and cards, and the source: what an operator needs to see."""
        buttons = [*(data.get("buttons") or []), *(custom.get("buttons") or [])]
        cards = [
            " · ".join(filter(None, [card.get("title"), card.get("subtitle")])) for card in custom.get("cards") or []
        ]
        detail: dict[str, Any] = {}
        if buttons:
            detail["buttons"] = [self._masker.mask_text(str(button.get("title") or "")) for button in buttons]
        if cards:
            detail["cards"] = [self._masker.mask_text(card) for card in cards]
        if custom.get("source"):
            detail["source"] = str(custom["source"].get("title") or "")
        return detail

    def _effect(self, token: Any) -> Effect | None:
        try:
            return verify(Effect, str(token), key=self._key, max_age_s=FOR_EVER)
        except ShopclerkError:
            return None

    def _action(self, row: EventRow, data: dict[str, Any]) -> Seen:
        name = str(data.get("name") or "")
        if name in SILENT_ACTIONS or not name:
            return _ignored(row, data)
        detail = {"policy": data.get("policy"), "confidence": data.get("confidence")}
        return _seen(row, "action", text=name, detail=detail, hands_over=name == HANDOFF_ACTION)

    def _slot(self, row: EventRow, data: dict[str, Any]) -> Seen:
        name, value = str(data["name"]), data.get("value")
        if value is None:
            return _seen(row, "slot", text=name, detail={"value": None})
        if name == REQUESTS:
            texts = [self._masker.mask_text(str(request["text"])) for request in value["waiting"]]
            return _seen(row, "slot", text=name, detail={"value": " · ".join(texts)})
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        kind = next((kind for kind in HINTED if name == kind or name.endswith(f"_{kind}")), None)
        hints = [Hint(0, len(written), kind)] if kind else []
        return _seen(row, "slot", text=name, detail={"value": self._masker.mask(written, hints).text})

    def _form(self, row: EventRow, data: dict[str, Any]) -> Seen:
        return _seen(row, "form", text=str(data.get("name") or ""))

    def _session(self, row: EventRow, _data: dict[str, Any]) -> Seen:
        return _seen(row, "session", text=row.type_name)


def _note(data: dict[str, Any]) -> dict[str, Any]:
    """What the bot's channel wrote about an event that Rasa only listens to."""
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    note = metadata.get(KEY, metadata)
    return note if isinstance(note, dict) else {}


def _noted(row: EventRow, note: dict[str, Any]) -> Seen:
    if note["kind"] == HANDOFF_ENDED:
        return _seen(row, "handoff", text="ended", detail={"operator": note.get("operator")})
    value, about = note.get("value"), note.get("about_message_id")
    if value not in (1, -1) or not isinstance(about, str):
        raise ValueError("feedback must be 1 or -1 about a message")
    return Seen(row.id, row.sender_id, row.timestamp, "feedback", about_message_id=about, value=value)


def _ignored(row: EventRow, _data: dict[str, Any]) -> Seen:
    return _seen(row, IGNORED)


def _seen(row: EventRow, kind: str, **more: Any) -> Seen:
    return Seen(row.id, row.sender_id, row.timestamp, kind, **more)
