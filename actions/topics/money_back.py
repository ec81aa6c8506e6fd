"""Invoices and refunds."""

from __future__ import annotations

from collections.abc import Callable

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.documents import IN_MAIL_S, invoice_link
from actions.rephrasing import Plain
from actions.services import invoices, refunds
from actions.services.views import RefundView
from actions.topics.slots import flow_ends
from actions.turn import Event, Turn
from actions.wording import day


class ActionGetInvoice(ShopAction):
    """The invoice goes to the address on file, whoever asks; whoever is verified gets a link to it too."""

    action_name = "action_get_invoice"

    def perform(self, turn: Turn) -> list[Event]:
        order_id = turn.slots.get("order_id")
        if order_id is None:
            return []
        turn.require(self.action_name, order_id)
        with turn.writing() as session:
            sent = invoices.invoice(session, turn.viewer, order_id, turn.key(self.action_name), _link_for_mail(turn))
        text = (
            f"Invoice **{sent.invoice_id}** for order {sent.order_id} ({turn.money(sent.total)}) is on its way to "
            f"{sent.sent_to_masked}, the address of the order."
        )
        if turn.viewer.verified:
            text += f" Or [open it as a PDF]({invoice_link(sent.invoice_id, turn.settings)}) within 15 minutes."
        turn.say(text)
        return [*flow_ends(turn), SlotSet("last_order", order_id)]


class ActionTrackRefund(ShopAction):
    action_name = "action_track_refund"

    def perform(self, turn: Turn) -> list[Event]:
        order_id = turn.slots.get("order_id")
        if order_id is None:
            return []
        turn.require(self.action_name, order_id)
        with turn.reading() as session:
            refund = refunds.refund_status(session, turn.viewer, order_id)
        if refund.state == "none" or refund.amount is None:
            turn.say(
                f"For order **{refund.order_id}** no refund has been asked for, so no money is on its way.",
                buttons=[button("How do refunds work?", "check_refund_policy"), ticket("get_refund")],
                plain=Plain.REFUND,
            )
        elif refund.state == "awaited":
            where = f" to {refund.refund_to}" if refund.refund_to else ""
            turn.say(
                f"**{turn.money(refund.amount)}** for your return of order {refund.order_id} goes{where} as soon as "
                "the parcel is back and checked.",
                plain=Plain.REFUND,
            )
        else:
            buttons = [] if refund.state == "paid" else [PERSON]
            turn.say(_sentence(turn, refund), buttons=buttons, plain=Plain.REFUND)
        return [*flow_ends(turn), SlotSet("last_order", order_id)]


def _link_for_mail(turn: Turn) -> Callable[[str], str]:
    return lambda invoice_id: invoice_link(invoice_id, turn.settings, valid_s=IN_MAIL_S)


def _sentence(turn: Turn, refund: RefundView) -> str:
    assert refund.amount is not None
    locale = turn.settings.locale
    what = f"**{turn.money(refund.amount)}** for order {refund.order_id}"
    where = f" to {refund.refund_to}" if refund.refund_to else ""
    if refund.state == "paid":
        return f"We refunded {what}{where}{f' on {day(refund.paid_at, locale)}' if refund.paid_at else ''}."
    asked = f", asked for on {day(refund.requested_at, locale)}" if refund.requested_at else ""
    expected = f" It should be there by {day(refund.expected_by, locale)}." if refund.expected_by else ""
    return f"The refund of {what}{asked} is on its way{where}.{expected}"
