"""The two worlds of a tab and what can be done to them: play, go to any week, edit policies, try other towns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.explore import timeline
from sim.explore.lesson import Lesson, Look, catalogue, look_of
from sim.explore.moves import Buyer, Seller, move_of
from sim.explore.setup import Phases, Setup, clamped, plain, told, town_of, typed, whole
from sim.explore.towns import Towns, beside
from sim.explore.words import say
from sim.explore.world import World
from sim.fields import ParameterError
from sim.scenario import shown

MOST_BRANCHES = 5
MOST_NOTES = 3
AT_ONCE = 8
"""Weeks that one step of the film may live."""

LOOK = Look("price.resale", 26, "twin")
"""What twenty more towns tell of, unless something else is asked for."""

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Branch:
    """Policies that were tried and can be gone back to, with the week in which they were put aside."""

    policies: Phases
    week: int


class Sandbox:
    """Your world and its twin. Messages are mappings from the browser; what is wrong in them raises ParameterError."""

    def __init__(self, first: Setup | None = None, changed: Callable[[], None] = lambda: None) -> None:
        """Begin with a set-up (default: the teaching town) and let it move."""
        self.first = self.setup = first or Setup()
        self.changed = changed
        self.notes: list[str] = []
        self.person: int | None = None
        self.towns: Towns | None = None
        self.branches: list[Branch] = []
        self.fields: dict[str, dict[str, Any]] = {}
        self.first_move: Buyer | Seller | None = None
        self.picked: int | None = None
        self.until = 0
        self._begin(self.first)
        self.playing = True

    @property
    def lesson(self) -> Lesson | None:
        """The lesson at hand, none in the sandbox."""
        return catalogue().get(self.setup.lesson) if self.setup.lesson else None

    def advance(self, message: Message) -> None:
        """Live up to a week that the page is about to draw; a week that was lived already is none too many."""
        week = clamped(message["week"], "week", 0, min(self.setup.weeks, self.setup.week + AT_ONCE))
        if not self.playing or week <= self.setup.week:
            return
        self._go(min(week, self.until))
        self.playing = self.setup.week < self.until

    def goto(self, message: Message) -> None:
        """Be in any week, forwards or backwards."""
        self._go(clamped(message["week"], "week", 0, self.setup.weeks))
        self.playing = False

    def play(self, message: Message) -> None:
        """Play or pause; at the end play begins anew."""
        self.playing = bool(message["on"])
        if self.playing and self.setup.week >= self.setup.weeks:
            self._go(self.lesson.start if self.lesson else 0)
        self.until = self.setup.weeks

    def switch(self, message: Message) -> None:
        """Switch a policy on or off from this week on."""
        name = timeline.policy(message)
        if message["on"] and self.setup.week >= self.setup.weeks:
            self.note(say("at_the_end", self.setup.language))
        elif message["on"]:
            fields = self.fields.get(name, {})
            self._amend(timeline.switched_on(self.setup.policies, name, self.setup.week, fields))
        else:
            self._amend(timeline.switched_off(self.setup.policies, name, self.setup.week))

    def set_field(self, message: Message) -> None:
        """Set a policy's field, from this week on if the policy is in force, and for when it is switched on."""
        name = timeline.policy(message)
        field = timeline.own_field(name, str(message["field"]))
        value = typed(name, {field: timeline.number(message["value"])})[field]
        self.fields[name] = {**self.fields.get(name, {}), field: value}
        if self.lesson is not None and name == self.lesson.control.policy:
            self._amend(timeline.changed_throughout(self.setup.policies, name, field, value))
        else:
            self._amend(timeline.changed(self.setup.policies, name, self.setup.week, field, value))

    def move(self, message: Message) -> None:
        """Drag a phase of a policy to other weeks."""
        weeks = self.setup.weeks
        start = whole(message["start"], "start", 0, weeks)
        end = None if message.get("end") is None else whole(message["end"], "end", 0, weeks)
        self._amend(
            timeline.moved(self.setup.policies, timeline.policy(message), int(message["phase"]), start, end, weeks)
        )

    def remove(self, message: Message) -> None:
        """Take a phase of a policy away."""
        self._amend(timeline.removed(self.setup.policies, timeline.policy(message), int(message["phase"])))

    def clear(self, _: Message) -> None:
        """Take all policies away."""
        self._amend({})

    def branch(self, _: Message) -> None:
        """Put the policies of now aside, to try others from this week on."""
        if len(self.branches) == MOST_BRANCHES:
            raise ParameterError(f"branches: {MOST_BRANCHES} are kept; take one away first")
        self.branches = [*self.branches, Branch(plain(self.setup.policies), self.setup.week)]

    def take_branch(self, message: Message) -> None:
        """Go on with policies that were put aside, and put those of now aside instead."""
        number = whole(message["branch"], "branch", 0, len(self.branches) - 1)
        taken, now = self.branches[number], Branch(plain(self.setup.policies), self.setup.week)
        self.branches = [*self.branches[:number], now, *self.branches[number + 1 :]]
        self._amend(taken.policies)

    def drop_branch(self, message: Message) -> None:
        """Forget policies that were put aside."""
        number = whole(message["branch"], "branch", 0, len(self.branches) - 1)
        self.branches = [*self.branches[:number], *self.branches[number + 1 :]]

    def set_town(self, message: Message) -> None:
        """Make both worlds of other people or payoffs, from week 0, and be in the same week again."""
        key = str(message["key"])
        town = town_of({**self.setup.town, key: timeline.number(message["value"])})
        week = self.setup.week
        self._begin(replace(self.setup, town=town))
        self._go(week)

    def new_town(self, message: Message) -> None:
        """Go to another town: other people with other luck under the same policies."""
        seed = message.get("seed")
        try:
            seed = int(str(seed).strip()) if seed is not None else (self.setup.seed + 1) % 2**32
        except ValueError:
            raise ParameterError(f"seed={shown(seed)}: allowed is a whole number from 0") from None
        week = self.setup.week
        self.person = None
        self._begin(replace(self.setup, seed=whole(seed, "seed", 0, 2**32 - 1)))
        self._go(week)

    def show(self, message: Message) -> None:
        """Show the card of a person, or none."""
        person = message.get("person")
        self.person = None if person is None else whole(person, "person", 0, self.yours.market.n_people - 1)

    def more_towns(self, message: Message) -> None:
        """Live twenty more towns and tell the differences in a measure."""
        self._stop_towns()
        if message.get("stop"):
            return
        look = LOOK
        if self.lesson is not None:
            look = self.lesson.look
        elif message.get("measure") is not None:
            look = look_of({"measure": message["measure"], "over": LOOK.over}, "towns")
        start = self.lesson.start if self.lesson else 0
        weeks = self.setup.weeks if self.lesson else max(1, self.setup.week)
        self.towns = Towns(self.setup, look, start, weeks, self.changed).begin()

    def _stop_towns(self) -> None:
        if self.towns is not None:
            self.towns.stop()
            self.towns = None

    def _begin(self, setup: Setup) -> None:
        """Make both worlds of a set-up; what cannot be made leaves the session as it is."""
        week = setup.week
        if setup.lesson is not None and setup.lesson not in catalogue():
            setup = replace(setup, lesson=None)
        twin = World(setup.parameters(is_yours=False), setup.seed)
        yours = beside(twin, setup.parameters(is_yours=True), week)
        self._stop_towns()
        self.setup, self.yours, self.twin = replace(setup, week=0), yours, twin
        lesson = self.lesson
        if lesson is not None:
            screen = min(setup.screen, len(lesson.screens) - 1)
            answer = setup.answer if setup.answer in lesson.answers else None
            if answer is None:
                screen = min(screen, lesson.screens.index("bet"))
            self.setup = replace(self.setup, screen=screen, answer=answer)
        self.until = setup.weeks
        self.playing, self.picked = False, None
        if self.person is not None and self.person >= yours.market.n_people:
            self.person = None
        self._go(week)
        self.first_move = (
            move_of(yours, lesson.move) if lesson is not None and lesson.move and week == lesson.start else None
        )

    def _go(self, week: int) -> None:
        self.yours.go(week)
        self.twin.go(week)
        self.setup = replace(self.setup, week=week)

    def _amend(self, policies: Phases) -> None:
        """Put other policies of your world in force and be in the same week again."""
        amended = replace(self.setup, policies=plain(policies))
        self.yours.amend(amended.parameters(is_yours=True).policies)
        if amended.policies != self.setup.policies:
            self._stop_towns()
        self.setup = amended

    def note(self, text: str) -> None:
        """Tell the user something, once."""
        text = told(text)
        self.notes = [*(each for each in self.notes if each != text), text][-MOST_NOTES:]
