"""The digits of a DV_QUANTITY: those of the source, at the precision that the source states."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from retrieval.formats.tree import Node, number_of

MAX_DECIMALS = 30


def magnitude_of(node: Node) -> Decimal | None:
    """The magnitude with the decimals that `precision` states, as long as none of its digits is lost.

    A JSON writer gives 130 as `130.0`; precision 0 says that it was measured as 130. Without a precision, or
    where it would round, the digits stay as they are.
    """
    magnitude = number_of(node.get("magnitude"))
    precision = number_of(node.get("precision"))
    if magnitude is None or precision is None or not 0 <= precision <= MAX_DECIMALS:
        return magnitude
    if precision != int(precision):
        return magnitude
    try:
        shown = magnitude.quantize(Decimal(1).scaleb(-int(precision)))
    except InvalidOperation:  # more digits than a Decimal context holds
        return magnitude
    return shown if shown == magnitude else magnitude
