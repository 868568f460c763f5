"""Takes away what stock knows of an article that is gone, and the operations that were about nothing else."""

from __future__ import annotations

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.stock import balances
from chalicelib.stock.model import OPERATION, STOCK_LEVEL, StockOperation
from chalicelib.stock.valuation import VALUATION
from chalicelib.storage import keys, read, write
from chalicelib.storage.transaction import Transaction

MOVES_AT_ONCE = 200


def forget_article(ctx: Context, sku: str) -> None:
    """Balances, moves, value and list row of a SKU that the catalogue has no more. Raises Conflict `reserved` while somebody
    holds some of it, Stale."""
    if any(balance.reserved for balance in balances.read_balances(ctx, [sku])[sku]):
        raise Conflict("reserved", f"{sku} is promised to an order.")
    more: object = True
    while more:
        moves, more = read.collection(ctx, f"MOVES#{sku}", limit=MOVES_AT_ONCE)
        write.many(ctx, [], [move.key for move in moves])
    transaction = Transaction(ctx)
    level, valuation = read.find(ctx, STOCK_LEVEL, sku), read.find(ctx, VALUATION, sku)
    if level is not None:
        transaction.remove(STOCK_LEVEL, level)
    if valuation is not None:
        transaction.remove(VALUATION, valuation)
    for balance in balances.read_balances(ctx, [sku])[sku]:
        transaction.delete(balances.balance_key(ctx, sku, balance.place))
    transaction.delete(keys.child(ctx, "kit_components", sku, keys.ALONE))
    transaction.commit()


def remove_operation(ctx: Context, operation: StockOperation) -> None:
    """An operation whose articles are all gone. Raises Stale."""
    transaction = Transaction(ctx)
    transaction.remove(OPERATION, operation)
    transaction.commit()
