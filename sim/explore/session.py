"""What one tab does: two worlds, one timeline, lessons; every wish of the page is a message to `act`.

The page holds no state of its own but what is drawn: a link, a reload or a rewind gives the same session.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sim.explore.frames import table
from sim.explore.lesson import Lesson, catalogue, compared, outcome
from sim.explore.moves import Buyer
from sim.explore.sandbox import Message, Sandbox
from sim.explore.setup import CHECKS, Setup, decode, encode, to_yaml, whole
from sim.explore.words import say
from sim.fields import ParameterError
from sim.network import NetworkError
from sim.scenario import LANGUAGES, shown

BEFORE = ("move", "intro", "bet")
"""Screens on which the world waits in the week before the rules."""

MOST_ADDRESS = 2_500


class Session(Sandbox):
    """One tab. `changed` is called whenever there is something new to draw, also from another thread."""

    def __init__(self, first: Setup | None = None, changed: Callable[[], None] = lambda: None) -> None:
        """Begin with a set-up (default: the teaching town) and let it move."""
        self.lock = threading.RLock()
        self.finished: list[str] = []
        self.step = self.saved = self.guide_asked = 0
        self.qr = ""
        self.link = ""
        self.file: dict[str, Any] | None = None
        super().__init__(first, changed)

    def act(self, message: Any) -> None:
        """Do what the page wishes; what cannot be done becomes a note, never an error."""
        with self.lock:
            before = list(self.notes)
            try:
                name = message.get("do") if isinstance(message, Mapping) else None
                wish = WISHES.get(name) if isinstance(name, str) else None
                if wish is None:
                    raise ParameterError(f"{shown(name)}: the page has no such wish")
                json.dumps(message, ensure_ascii=False).encode()  # what cannot be written is nobody's wish
                wish(self, message)
                if name not in ("save", "open"):
                    self.file = None
                self.step += name in STEPS
                if self.notes == before and name not in QUIET:
                    self.notes = []
                if name != "advance" or not self.playing:  # an address that changes every week is of no use
                    self.link = encode(self.setup)
            except (ParameterError, NetworkError) as error:
                self.note(say("not_done", self.setup.language, why=error))
            except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:  # nobody sends it by hand
                self.note(f"{type(error).__name__}: {shown(str(error))}")
        self.changed()

    def open(self, message: Message) -> None:
        """Begin as the link in the address says, or as the server was started."""
        text = str(message.get("link") or "")
        setup, notes = decode(text) if text.strip("# ") else (self.first, [])
        if not text.strip("# ") and message.get("language") in LANGUAGES:
            setup = replace(setup, language=str(message["language"]))
        self.notes, self.branches, self.fields, self.person = [], [], {}, None
        self._begin(setup)
        for each in notes:
            what, _, why = each.partition(" left out: ")
            key = "link_left_out" if why else "link_unread"
            self.note(say(key, self.setup.language, what=what, why=why))
        lesson = self.lesson
        is_film = lesson.screens[self.setup.screen] == "see" if lesson else self.setup.week == 0
        self.playing = is_film and self.setup.week < self.setup.weeks

    def reset(self, _: Message) -> None:
        """Begin anew: the town as it was when the page opened."""
        self.branches, self.fields, self.person = [], {}, None
        self._begin(replace(self.first, language=self.setup.language))
        self.playing, self.until = True, self.setup.weeks

    def speak(self, message: Message) -> None:
        """Speak another language."""
        self.setup = replace(self.setup, language=CHECKS["language"](message["language"], self.setup))

    def dismiss(self, _: Message) -> None:
        """Put notes away."""
        self.notes = []

    def take_lesson(self, message: Message) -> None:
        """Begin a lesson at its first screen, or leave it for the sandbox."""
        name = CHECKS["lesson"](message.get("lesson"), self.setup)
        language = self.setup.language
        if name is None:
            if message.get("keep"):
                self.setup = replace(self.setup, lesson=None, screen=0, answer=None)
            else:
                self.reset(message)
            return
        lesson = catalogue()[name]
        self.branches, self.fields, self.person = [], {}, None
        self._begin(replace(lesson.setup, week=lesson.start, language=language))
        self.playing = False

    def turn(self, message: Message) -> None:
        """Turn to another screen of the lesson: the next one, or back."""
        lesson = self._in_lesson()
        kinds = lesson.screens
        screen = self.setup.screen + (1 if int(message["by"]) > 0 else -1)
        screen = min(max(screen, 0), len(kinds) - 1)
        if screen > kinds.index("bet") and self.setup.answer is None:
            raise ParameterError("bet: choose an answer first")
        if kinds[screen] in BEFORE and kinds[self.setup.screen] not in BEFORE:
            self._start_over(lesson)
        self.setup = replace(self.setup, screen=screen)
        if kinds[screen] == "see" and self.setup.week <= lesson.start:
            self.playing, self.until = True, self.setup.weeks
        if kinds[screen] in ("why", "try") and self.setup.week < self.setup.weeks:
            self._go(self.setup.weeks)
            self.playing = False
        if kinds[screen] == "try" and lesson.name not in self.finished:
            self.finished = [*self.finished, lesson.name]

    def pick(self, message: Message) -> None:
        """Make the first move of a lesson."""
        self._in_lesson()
        most = len(self.first_move.options) if isinstance(self.first_move, Buyer) else 2
        self.picked = whole(message["option"], "option", 0, most - 1)

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
        self._begin(replace(lesson.setup, week=lesson.start, language=language, answer=answer))
        self.playing = False

    def span(self) -> tuple[int, int]:
        """Return the first and the last week over which the lesson looks, of those lived since its start."""
        lesson, now = self._in_lesson(), self.setup.week
        first = max(lesson.start, now - lesson.look.over) if now > lesson.start else max(0, now - lesson.look.over)
        return first, max(first, now - 1)

    def levels(self, names: Iterable[str]) -> dict[str, tuple[float, float]]:
        """Return measure -> its level in your world and what that is held against, over the weeks of the lesson."""
        lesson, yours, twin = self._in_lesson(), self.yours.record, self.twin.record
        start = lesson.start if self.setup.week > lesson.start else 0
        return {name: compared(replace(lesson.look, measure=name), yours, twin, start) for name in names}

    def judged(self) -> tuple[str, float, float]:
        """Return the outcome of the lesson in this town, your level, and what it is held against."""
        lesson = self._in_lesson()
        mine, other = compared(lesson.look, self.yours.record, self.twin.record, lesson.start)
        return outcome(mine - other, lesson.look.small), mine, other

    def share(self, message: Message) -> None:
        """Make a QR code of the address."""
        import segno

        address = str(message["address"])
        if not address.startswith(("http://", "https://")) or len(address) > MOST_ADDRESS:
            raise ParameterError(f"address={shown(address)}: too long for a QR code; the link itself can be copied")
        self.qr = segno.make(address, error="l").svg_data_uri(scale=4)

    def save(self, message: Message) -> None:
        """Make a file for the browser to save: `csv`, all measures of both worlds; `yaml`, a scenario of your world."""
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


WISHES: Mapping[str, Callable[[Session, Message], None]] = {
    "open": Session.open, "advance": Session.advance, "goto": Session.goto, "play": Session.play,
    "switch": Session.switch, "field": Session.set_field, "move": Session.move, "remove": Session.remove,
    "clear": Session.clear, "branch": Session.branch, "take_branch": Session.take_branch,
    "drop_branch": Session.drop_branch, "town": Session.set_town, "new_town": Session.new_town, "reset": Session.reset,
    "show": Session.show, "speak": Session.speak, "dismiss": Session.dismiss, "towns": Session.more_towns,
    "share": Session.share, "save": Session.save, "guide": Session.ask_guide,
    "lesson": Session.take_lesson, "turn": Session.turn, "pick": Session.pick, "bet": Session.bet,
    "remember": Session.remember,
}  # fmt: skip
"""What a page may wish, by the word in `do`."""


QUIET = ("open", "advance", "remember", "share", "towns", "show", "save", "guide")
"""Wishes after which notes stay."""

STEPS = ("lesson", "turn", "bet", "new_town", "reset")
"""Wishes that the browser's back button takes back."""
