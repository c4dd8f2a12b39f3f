"""Why two worlds do not differ, when they do not."""

from dataclasses import replace
from typing import Any, NamedTuple

from sim.explore.world import World
from sim.rules import NO_LIMIT, Rules


class Reason(NamedTuple):
    """A key of the page's strings, and what to fill in."""

    key: str
    values: dict[str, Any]


def why_same(yours: World, twin: World) -> Reason | None:
    """Return why your world is the same as its twin at the beginning of this week, None if it differs."""
    if not yours.is_like(twin):
        return None
    mine, others = yours.parameters, twin.parameters
    extra = [each for each in mine.policies if each not in others.policies]
    if not extra:
        return Reason("same_no_policy", {})
    if yours.week == 0:
        return Reason("same_not_begun", {})
    ahead = [each for each in extra if each.first_week >= yours.week]
    if len(ahead) == len(extra):
        first = min(ahead, key=lambda each: each.first_week)
        return Reason("same_later", {"policy": first.name(), "week": first.first_week})
    lived = [week for week in range(yours.week) if yours.rules(week) != twin.rules(week)]
    if not lived:
        return Reason("same_rules", {"policy": extra[0].name()})
    rules = yours.rules(lived[-1])
    acting = next((each for each in extra if each.intensity(lived[-1]) > 0), extra[0])
    most = most_contacts(yours)
    if rules.contact_limit == NO_LIMIT or other_than_limit(rules, twin.rules(lived[-1])):
        return Reason("same_untouched", {"policy": acting.name(), "weeks": len(lived)})
    return Reason("same_cap", {"policy": acting.name(), "limit": rules.contact_limit, "most": most})


def most_contacts(world: World) -> int:
    """Return the most contacts that a shop has ever had at the end of a week."""
    return int(world.record.tally.most_contacts.max(initial=0))


def other_than_limit(mine: Rules, others: Rules) -> bool:
    """Tell whether rules differ in more than the limit of contacts."""
    same = {"contact_limit": NO_LIMIT, "purges_contacts": False}
    return replace(mine, **same) != replace(others, **same)  # type: ignore[arg-type]
