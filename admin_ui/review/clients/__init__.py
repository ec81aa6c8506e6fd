"""The other programs, as the admin UI speaks to them over HTTP."""

from admin_ui.review.clients.control import ControlClient
from admin_ui.review.clients.gateway import GatewayClient
from admin_ui.review.clients.nlu import NluClient

__all__ = ["ControlClient", "GatewayClient", "NluClient"]
