"""The opposite of a test for whether there is a section, as a person would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Mapping


def presence(test: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return the opposite of a test for absence, as a person would write it."""
    if isinstance(test, cst.UnaryOperation):
        inner = test.expression
        if isinstance(inner, cst.NamedExpr):
            return inner.with_changes(lpar=(), rpar=())
        return inner
    if isinstance(test, cst.BooleanOperation):
        left, right = presence(test.left), presence(test.right)
        if left is None or right is None:
            return None
        left, right = (
            each.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            if isinstance(each, cst.NamedExpr)
            else each
            for each in (left, right)
        )
        return test.with_changes(left=left, operator=cst.And(), right=right)
    return _turned(test, {cst.NotIn: cst.In(), cst.Is: cst.IsNot()})


def absence(test: cst.BaseExpression) -> cst.BaseExpression:
    """Return the opposite of a test for presence, as a person would write it."""
    turned = _turned(test, {cst.In: cst.NotIn(), cst.IsNot: cst.Is()})
    if turned is not None:
        return turned
    if isinstance(test, cst.NamedExpr):
        test = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), test)


def _turned(
    test: cst.BaseExpression, opposites: Mapping[type, cst.BaseCompOp]
) -> cst.BaseExpression | None:
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return None
    target = test.comparisons[0]
    operator = opposites.get(type(target.operator))
    if operator is None:
        return None
    return test.with_changes(comparisons=[target.with_changes(operator=operator)])
