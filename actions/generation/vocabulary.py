"""Words that the check of a generated text knows."""

from __future__ import annotations

_OPENERS = """
    a after all also an and any as ask at before both but by check each either every first for from he hello
    here hi how however if in it its just keep most no normally of on once or otherwise our please see she
    simply so some sorry tell thank thanks that the their then there these they this those to unfortunately
    until usually we what when where while who why with within yes you your
"""
_STRONG = """
    always automatically anytime double dozen couple everywhere forever free freely full fully guarantee
    guaranteed guarantees half immediate immediately instant instantly lifetime maximum minimum never quarter
    refund-free risk-free sale single today tomorrow tonight triple twice unconditional unconditionally
    unlimited whatever yesterday monday tuesday wednesday thursday friday saturday sunday january february april
    june july august september october november december christmas easter bank bitcoin crypto cvc cvv iban
    passport password passwords pin ssn telegram whatsapp wire amazon amex dhl ebay fedex hermes klarna
    mastercard paypal stripe ups usps visa
"""

OPENERS = frozenset(_OPENERS.split())
"""What may begin a sentence with a capital without being a name."""

STRONG = frozenset(_STRONG.split())
"""What promises much, names a day or a brand, or asks for a secret: only in the sources' own company."""
