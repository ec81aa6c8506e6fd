"""Every action of the shop. A new one is added to its topic's file and to this list."""

from __future__ import annotations

from rasa_sdk.executor import ActionExecutor

from actions.base import ShopAction
from actions.forms.account import ValidateAccountForm
from actions.forms.buy import ValidateBuyForm
from actions.forms.change import ValidateChangeForm
from actions.forms.order import ValidateOrderForm
from actions.forms.promo import ValidatePromoForm
from actions.forms.ticket import ValidateTicketForm
from actions.forms.verify import ValidateVerifyForm
from actions.topics.account import (
    ActionAccount,
    ActionAskAccount,
    ActionAskAccountConfirm,
    ActionAskValue,
    ActionChangeAccount,
    ActionGiftCardBalance,
    ActionVerified,
)
from actions.topics.buying import ActionCompareProducts, ActionPlaceOrder
from actions.topics.change import (
    ActionAskAddress,
    ActionAskChange,
    ActionAskConfirm,
    ActionAskItems,
    ActionAskMethod,
    ActionAskQuantity,
    ActionAskReason,
    ActionAskVariants,
    ActionMakeChange,
)
from actions.topics.dialogue import (
    ActionFallback,
    ActionInformOutside,
    ActionLeaveForm,
    ActionOutOfScope,
    ActionReplyOutside,
)
from actions.topics.knowledge import ActionAnswerKnowledge, ActionPutRight
from actions.topics.money_back import ActionGetInvoice, ActionTrackRefund
from actions.topics.orders import ActionAskOrderId, ActionListOrders, ActionOrderDetails
from actions.topics.people import ActionComplaint, ActionHandoff, ActionOpenTicket, ActionTicketStatus
from actions.topics.placing import ActionAskBuyConfirm, ActionAskBuyMethod, ActionAskBuyVariant, ActionBuy
from actions.topics.products import (
    ActionCheckStock,
    ActionNotifyInStock,
    ActionProductPrice,
    ActionProductQuestion,
    ActionSizeAdvice,
)
from actions.topics.promotions import ActionCheckPromo, ActionPromo
from actions.topics.recommending import ActionRecommend
from actions.topics.refining import ActionRefineSearch
from actions.topics.reports import ActionReport, ActionReportFacts
from actions.topics.search import ActionSearchProducts
from actions.topics.tracking import ActionTrackOrder

ACTIONS: tuple[type[ShopAction], ...] = (
    ActionAccount,
    ActionAnswerKnowledge,
    ActionAskAccount,
    ActionAskAccountConfirm,
    ActionAskAddress,
    ActionAskBuyConfirm,
    ActionAskBuyMethod,
    ActionAskBuyVariant,
    ActionAskChange,
    ActionAskConfirm,
    ActionAskItems,
    ActionAskMethod,
    ActionAskOrderId,
    ActionAskQuantity,
    ActionAskReason,
    ActionAskValue,
    ActionAskVariants,
    ActionBuy,
    ActionChangeAccount,
    ActionCheckPromo,
    ActionCheckStock,
    ActionCompareProducts,
    ActionComplaint,
    ActionFallback,
    ActionGetInvoice,
    ActionGiftCardBalance,
    ActionHandoff,
    ActionInformOutside,
    ActionLeaveForm,
    ActionListOrders,
    ActionMakeChange,
    ActionNotifyInStock,
    ActionOpenTicket,
    ActionOrderDetails,
    ActionOutOfScope,
    ActionPlaceOrder,
    ActionProductPrice,
    ActionProductQuestion,
    ActionPromo,
    ActionPutRight,
    ActionRecommend,
    ActionRefineSearch,
    ActionReplyOutside,
    ActionReport,
    ActionReportFacts,
    ActionSearchProducts,
    ActionSizeAdvice,
    ActionTicketStatus,
    ActionTrackOrder,
    ActionTrackRefund,
    ActionVerified,
    ValidateAccountForm,
    ValidateBuyForm,
    ValidateChangeForm,
    ValidateOrderForm,
    ValidatePromoForm,
    ValidateTicketForm,
    ValidateVerifyForm,
)


class ShopExecutor(ActionExecutor):  # type: ignore[misc]
    """rasa-sdk's executor with our actions. They need no domain, so a call without one is fine."""

    def __init__(self) -> None:
        super().__init__()
        for action in ACTIONS:
            self.register_action(action)

    def update_and_return_domain(self, payload: dict[str, object], action_name: str) -> dict[str, object]:  # noqa: ARG002
        return {}
