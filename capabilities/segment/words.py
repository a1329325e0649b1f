"""A segment in plain words, in Chinese or English, for the person who is to send by it."""

from collections.abc import Callable, Mapping
from typing import Any

from capabilities.segment.conditions import (
    Affinity,
    All,
    AnyOf,
    Attribute,
    Condition,
    Consent,
    LastOrder,
    Member,
    NetAmount,
    Not,
    Orders,
    Stage,
    Tagged,
)

CHINESE = "zh-CN"


def in_words(condition: Condition, language: str) -> str:
    """What a segment asks for, as one sentence without a full stop."""
    return _said(condition, language == CHINESE)


def _said(condition: Condition, zh: bool) -> str:
    return WORDS[type(condition)](condition, zh)


def _all(one: All, zh: bool) -> str:
    return ("，且" if zh else ", and ").join(_inner(part, zh) for part in one.of)


def _any(one: AnyOf, zh: bool) -> str:
    return (" 或 " if zh else " or ").join(_inner(part, zh) for part in one.of)


def _inner(part: Condition, zh: bool) -> str:
    text = _said(part, zh)
    if isinstance(part, All | AnyOf) and len(part.of) > 1:
        return f"（{text}）" if zh else f"({text})"
    return text


def _not(one: Not, zh: bool) -> str:
    return f"并非（{_said(one.of, zh)}）" if zh else f"not ({_said(one.of, zh)})"


def _stage(one: Stage, zh: bool) -> str:
    text = f"生命周期为 {_or(one.stages, zh)}" if zh else f"stage is {_or(one.stages, zh)}"
    if one.for_days is None:
        return text
    return f"{text} 已满 {one.for_days} 天" if zh else f"{text} for {one.for_days} days or more"


def _orders(one: Orders, zh: bool) -> str:
    span = _span(one.at_least, one.at_most, str, zh)
    if zh:
        days = "" if one.within_days is None else f"近 {one.within_days} 天内"
        return f"{days}{_where(one.channels, zh)}订单数{span}"
    days = "" if one.within_days is None else f" within {one.within_days} days"
    return f"{span} orders{_where(one.channels, zh)}{days}"


def _net_amount(one: NetAmount, zh: bool) -> str:
    span = _span(one.at_least, one.at_most, lambda amount: f"{amount} {one.currency}", zh)
    if zh:
        return f"{_where(one.channels, zh)}净消费额{span}"
    return f"spent {span}{_where(one.channels, zh)}"


def _last_order(one: LastOrder, zh: bool) -> str:
    parts = []
    if one.within_days is not None:
        parts.append(f"{one.within_days} 天内" if zh else f"within {one.within_days} days")
    if one.before_days is not None:
        text = f"{one.before_days} 天以前" if zh else f"more than {one.before_days} days ago"
        parts.append(text)
    when = ("、" if zh else " and ").join(parts)
    if zh:
        return f"{_where(one.channels, zh)}最近一次订单在 {when}"
    return f"last order{_where(one.channels, zh)} {when}"


def _affinity(one: Affinity, zh: bool) -> str:
    path = " > ".join(one.category)
    if zh:
        orders = "" if one.orders is None else f"，至少 {one.orders} 单"
        return f"偏好品类 {path}（占比至少 {one.share:.0%}{orders}）"
    orders = "" if one.orders is None else f", in {one.orders} orders or more"
    return f"buys {path} (at least {one.share:.0%} of her purchases{orders})"


def _attribute(one: Attribute, zh: bool) -> str:
    name = f"属性 {one.key} " if zh else f"attribute {one.key} "
    if one.values is not None:
        return f"{name}为 {_or(one.values, zh)}" if zh else f"{name}is {_or(one.values, zh)}"
    if one.months is not None:
        months = _or(tuple(map(str, one.months)), zh)
        return f"{name}在 {months} 月" if zh else f"{name}is in month {months}"
    if one.months_ahead is not None:
        ahead = one.months_ahead
        if zh:
            return f"{name}在本月" if ahead == 0 else f"{name}在 {ahead} 个月后的月份"
        return (
            f"{name}is in this month" if ahead == 0 else f"{name}is in the month {ahead} from now"
        )
    return f"{name}已知" if zh else f"{name}is known"


def _tagged(one: Tagged, zh: bool) -> str:
    return f"带标签 {_or(one.tags, zh)}" if zh else f"tagged {_or(one.tags, zh)}"


def _member(one: Member, zh: bool) -> str:
    names = (
        ("渠道", "会员计划", "等级", "归属门店")
        if zh
        else (
            "channel",
            "programme",
            "tier",
            "home store",
        )
    )
    asked = (one.channels, one.programmes, one.tiers, one.home_stores)
    parts = [
        f"{name} {_or(values, zh)}" for name, values in zip(names, asked, strict=True) if values
    ]
    if one.joined_within_days is not None:
        days = one.joined_within_days
        parts.append(f"入会不超过 {days} 天" if zh else f"joined within {days} days")
    return f"有会籍：{'，'.join(parts)}" if zh else f"has a membership with {', '.join(parts)}"


def _consent(one: Consent, zh: bool) -> str:
    if zh:
        return f"同意以 {one.medium.value} 用于 {one.purpose.value}"
    return f"agreed to {one.purpose.value} by {one.medium.value}"


def _where(channels: tuple[str, ...] | None, zh: bool) -> str:
    if not channels:
        return ""
    return f"在 {_or(channels, zh)} 的" if zh else f" in {_or(channels, zh)}"


def _or(values: tuple[str, ...], zh: bool) -> str:
    return ("、" if zh else " or ").join(values)


def _span(least: Any, most: Any, shown: Callable[[Any], str], zh: bool) -> str:
    if least is not None and least == most:
        return f"等于 {shown(least)}" if zh else f"exactly {shown(least)}"
    parts = []
    if least is not None:
        parts.append(f"至少 {shown(least)}" if zh else f"at least {shown(least)}")
    if most is not None:
        parts.append(f"至多 {shown(most)}" if zh else f"at most {shown(most)}")
    return ("且" if zh else " and ").join(parts)


WORDS: Mapping[type, Callable[[Any, bool], str]] = {
    All: _all,
    AnyOf: _any,
    Not: _not,
    Stage: _stage,
    Orders: _orders,
    NetAmount: _net_amount,
    LastOrder: _last_order,
    Affinity: _affinity,
    Attribute: _attribute,
    Tagged: _tagged,
    Member: _member,
    Consent: _consent,
}
