"""What is told of the best sellers and of their moves."""

from __future__ import annotations

from kpi import selling
from kpi.model import Figure, Status


def test_a_product_below_the_best_sellers_is_not_said_to_sell_nothing() -> None:
    def sold(at: int, current: float, previous: float, p: float) -> Figure:
        status = "stopped" if not current else "continuing"
        extra = {"current": current, "previous": previous, "p": p, "status": status}
        return Figure((f"P{at}",), value=current / previous - 1, n=int(current), status=Status.OK, extra=extra)

    best = [Figure((f"P{at}",), value=100.0 - at, n=5, extra={"share": 0.1, "quantity": 9.0}) for at in range(10)]
    trend = [sold(at, 90, 30, 1e-9) for at in range(3)]
    trend += [sold(at, 0 if at % 7 == 0 else 30, 40 + at, 0.04) for at in range(10, 60)]
    told = selling.moves(best, trend)
    assert list(told) == ["P0", "P1", "P2", "P56", "P49", "P42", "P35", "P28"]
    assert {key for key, move in told.items() if move.clear} == {"P0", "P1", "P2"}
    chance = selling.moves(best, [sold(at, 90, 30, 0.04 if at == 0 else 0.9) for at in range(10)])
    assert not any(move.clear for move in chance.values())
