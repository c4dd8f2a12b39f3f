"""What one tab does: two worlds, one timeline, lessons; every wish of the page is a message to `act`.

The page holds no state of its own but what is drawn: a link, a reload or a rewind gives the same session.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.explore import timeline
from sim.explore.lesson import Lesson, Look, catalogue, compared, look_of, outcome, world_of
from sim.explore.setup import CHECKS, Phases, Setup, decode, encode, plain, to_yaml, town_of, whole
from sim.explore.towns import Towns
from sim.explore.world import World
from sim.fields import ParameterError
from sim.network import NetworkError
from sim.scenario import LANGUAGES, build_policies, shown

MOST_BRANCHES = 5
MOST_NOTES = 3
MOST_ADDRESS = 2_500
LOOK = Look("price.resale", 26, "twin")
"""What twenty more towns tell of, unless something else is asked for."""

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Branch:
    """Policies that were tried and can be gone back to, with the week in which they were put aside."""

    policies: Phases
    week: int


class Session:
    """One tab. `changed` is called whenever there is something new to draw, also from another thread."""

    def __init__(self, first: Setup | None = None, changed: Callable[[], None] = lambda: None) -> None:
        """Begin with a set-up (default: the teaching town) and let it move."""
        self.first = self.setup = first or Setup()
        self.changed = changed
        self.lock = threading.RLock()
        self.notes: list[str] = []
        self.person: int | None = None
        self.towns: Towns | None = None
        self.branches: list[Branch] = []
        self.fields: dict[str, dict[str, Any]] = {}
        self.finished: list[str] = []
        self.until = 0
        self.step = 0
        self.qr = ""
        self.file: dict[str, Any] | None = None
        self.saved = 0
        self.guide_asked = 0
        self._paused_link = ""
        self._begin(self.first)
        self.playing = True

    # messages ---------------------------------------------------------------------------------

    def act(self, message: Any) -> None:
        """Do what the page wishes; what cannot be done becomes a note, never an error."""
        with self.lock:
            try:
                name = message.get("do") if isinstance(message, Mapping) else None
                wish = WISHES.get(name) if isinstance(name, str) else None
                if wish is None:
                    raise ParameterError(f"{shown(name)}: the page has no such wish")
                wish(self, message)
                if name not in ("save", "open"):
                    self.file = None
                self.step += name in STEPS
            except (ParameterError, NetworkError) as error:
                self.note(str(error))
            except (KeyError, TypeError, ValueError, OverflowError) as error:  # a message that nobody sends by hand
                self.note(f"{type(error).__name__}: {shown(str(error))}")
        self.changed()

    def note(self, text: str) -> None:
        """Tell the user something, once."""
        self.notes = [*(each for each in self.notes if each != text), text][-MOST_NOTES:]

    def open(self, message: Message) -> None:
        """Begin as the link in the address says, or as the server was started."""
        text = str(message.get("link") or "")
        setup, notes = decode(text) if text.strip("# ") else (self.first, [])
        if not text.strip("# ") and message.get("language") in LANGUAGES:
            setup = replace(setup, language=str(message["language"]))
        self.notes = []
        self._begin(setup)
        for each in notes:
            self.note(each)
        self.playing = self.setup.lesson is None and self.setup.week == 0

    def advance(self, message: Message) -> None:
        """Live up to a week that the page is about to draw; a week that was lived already is none too many."""
        week = min(whole(message["week"], "week", 0, self.setup.weeks), self.setup.week + 8)
        if not self.playing or week <= self.setup.week:
            return
        self._go(min(week, self.until))
        self.playing = self.setup.week < self.until

    def goto(self, message: Message) -> None:
        """Be in any week, forwards or backwards."""
        self._go(whole(message["week"], "week", 0, self.setup.weeks))
        self.playing = False

    def play(self, message: Message) -> None:
        """Play or pause; at the end play begins anew."""
        self.playing = bool(message["on"])
        if self.playing and self.setup.week >= self.setup.weeks:
            self._go(self.lesson.start if self.lesson else 0)
        self.until = self.setup.weeks

    # policies ---------------------------------------------------------------------------------

    def switch(self, message: Message) -> None:
        """Switch a policy on or off from this week on."""
        name = timeline.policy(message)
        if message["on"]:
            fields = self.fields.get(name, {})
            self._amend(timeline.switched_on(self.setup.policies, name, self.setup.week, fields))
        else:
            self._amend(timeline.switched_off(self.setup.policies, name, self.setup.week))

    def set_field(self, message: Message) -> None:
        """Set a policy's field, from this week on if the policy is in force, and for when it is switched on."""
        name, field, value = timeline.policy(message), str(message["field"]), timeline.number(message["value"])
        build_policies({name: {**self.fields.get(name, {}), field: value}})
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

    # branches ---------------------------------------------------------------------------------

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

    # the town ---------------------------------------------------------------------------------

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

    def reset(self, _: Message) -> None:
        """Begin anew: the town as it was when the page opened."""
        self.branches, self.fields, self.person = [], {}, None
        self._begin(replace(self.first, language=self.setup.language))
        self.playing, self.until = True, self.setup.weeks

    def show(self, message: Message) -> None:
        """Show the card of a person, or none."""
        person = message.get("person")
        self.person = None if person is None else whole(person, "person", 0, self.yours.market.n_people - 1)

    def speak(self, message: Message) -> None:
        """Speak another language."""
        self.setup = replace(self.setup, language=CHECKS["language"](message["language"], self.setup))

    def dismiss(self, _: Message) -> None:
        """Put notes away."""
        self.notes = []

    # other towns ------------------------------------------------------------------------------

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

    # lessons ----------------------------------------------------------------------------------

    @property
    def lesson(self) -> Lesson | None:
        """The lesson at hand, none in the sandbox."""
        return catalogue().get(self.setup.lesson) if self.setup.lesson else None

    def take_lesson(self, message: Message) -> None:
        """Begin a lesson at its first screen, or leave it for the sandbox."""
        name = CHECKS["lesson"](message.get("lesson"), self.setup)
        language = self.setup.language
        if name is None:
            keep = {"policies": plain(self.setup.policies), "lesson": None, "screen": 0, "answer": None}
            self.setup = replace(self.setup, **keep)
            return
        lesson = catalogue()[name]
        self.branches, self.fields, self.person = [], {}, None
        self._begin(replace(world_of(lesson), week=lesson.start, language=language))
        self.playing = False

    def turn(self, message: Message) -> None:
        """Turn to another screen of the lesson: the next one, or back."""
        lesson = self._in_lesson()
        kinds = lesson.screens
        screen = self.setup.screen + (1 if int(message["by"]) > 0 else -1)
        screen = min(max(screen, 0), len(kinds) - 1)
        if screen > kinds.index("bet") and self.setup.answer is None:
            raise ParameterError("bet: choose an answer first")
        if kinds[screen] in ("intro", "bet") and kinds[self.setup.screen] not in ("intro", "bet"):
            self._start_over(lesson)
        self.setup = replace(self.setup, screen=screen)
        if kinds[screen] == "see" and self.setup.week <= lesson.start:
            self.playing, self.until = True, self.setup.weeks
        if kinds[screen] in ("why", "try") and self.setup.week < self.setup.weeks:
            self._go(self.setup.weeks)
            self.playing = False
        if kinds[screen] == "try" and lesson.name not in self.finished:
            self.finished = [*self.finished, lesson.name]

    def bet(self, message: Message) -> None:
        """Take an answer, and let the worlds run."""
        lesson = self._in_lesson()
        answer = message.get("answer")
        if answer not in lesson.answers:
            raise ParameterError(f"answer={shown(answer)}: allowed are {', '.join(lesson.answers)}")
        self._start_over(lesson)
        self.setup = replace(self.setup, answer=str(answer), screen=lesson.screens.index("see"))
        self.playing, self.until = True, self.setup.weeks

    def remember(self, message: Message) -> None:
        """Take over the lessons that the browser remembers as finished."""
        names = message.get("finished")
        self.finished = [name for name in catalogue() if isinstance(names, list) and name in names]

    def _in_lesson(self) -> Lesson:
        if self.lesson is None:
            raise ParameterError("there is no lesson at hand")
        return self.lesson

    def _start_over(self, lesson: Lesson) -> None:
        language, answer = self.setup.language, self.setup.answer
        self.fields = {}
        self._begin(replace(world_of(lesson), week=lesson.start, language=language, answer=answer))
        self.playing = False

    def judged(self) -> tuple[str, float, float]:
        """Return the outcome of the lesson in this town, your level, and what it is held against."""
        lesson = self._in_lesson()
        mine, other = compared(lesson.look, self.yours.record, self.twin.record, lesson.start)
        return outcome(mine - other, lesson.look.small), mine, other

    # worlds -----------------------------------------------------------------------------------

    def link(self) -> str:
        """Return what the address of this set-up ends in."""
        self._paused_link = encode(self.setup)
        return self._paused_link

    def link_when_paused(self) -> str:
        """Return the link as it was before the film began: an address that changes with every week is of no use."""
        return self._paused_link or self.link()

    def share(self, message: Message) -> None:
        """Make a QR code of the address."""
        import segno

        address = str(message["address"])
        if not address.startswith(("http://", "https://")) or len(address) > MOST_ADDRESS:
            raise ParameterError(f"address={shown(address)}: too long for a QR code; the link itself can be copied")
        self.qr = segno.make(address, error="l").svg_data_uri(scale=4)

    def save(self, message: Message) -> None:
        """Make a file for the browser to save: `csv`, all measures of both worlds; `yaml`, a scenario of your world."""
        from sim.explore.charts import table

        kind = message.get("kind")
        if kind not in ("csv", "yaml"):
            raise ParameterError(f"kind={shown(kind)}: allowed are csv, yaml")
        text = to_yaml(self.setup) if kind == "yaml" else table({"yours": self.yours, "twin": self.twin})
        self.saved += 1
        self.file = {"name": f"my_town.{kind}", "text": text, "n": self.saved}

    def ask_guide(self, _: Message) -> None:
        """Show the teacher's guide."""
        self._in_lesson()
        self.guide_asked += 1

    def _begin(self, setup: Setup) -> None:
        """Make both worlds of a set-up; what cannot be made leaves the session as it is."""
        week = setup.week
        if setup.lesson is not None and setup.lesson not in catalogue():
            setup = replace(setup, lesson=None)
        yours = World(setup.parameters(is_yours=True), setup.seed)
        twin = World(setup.parameters(is_yours=False), setup.seed, yours.market.network)
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
        self.playing = False
        if self.person is not None and self.person >= yours.market.n_people:
            self.person = None
        self._go(week)

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


WISHES: Mapping[str, Callable[[Session, Message], None]] = {
    "open": Session.open, "advance": Session.advance, "goto": Session.goto, "play": Session.play,
    "switch": Session.switch, "field": Session.set_field, "move": Session.move, "remove": Session.remove,
    "clear": Session.clear, "branch": Session.branch, "take_branch": Session.take_branch,
    "drop_branch": Session.drop_branch, "town": Session.set_town, "new_town": Session.new_town, "reset": Session.reset,
    "show": Session.show, "speak": Session.speak, "dismiss": Session.dismiss, "towns": Session.more_towns,
    "share": Session.share, "save": Session.save, "guide": Session.ask_guide,
    "lesson": Session.take_lesson, "turn": Session.turn, "bet": Session.bet, "remember": Session.remember,
}  # fmt: skip
"""What a page may wish, by the word in `do`."""


STEPS = ("lesson", "turn", "bet", "new_town", "reset")
"""Wishes that the browser's back button takes back."""
