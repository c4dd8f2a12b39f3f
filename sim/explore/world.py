"""One town through time: the market, every week of which can be gone to, and whose policies can be edited.

A world is a function of its parameters, its seed and the week: keyed luck makes what was once
lived the same when it is lived again. So going back is restoring the nearest saved week and living on
from there, and an edit of the past is living on from the first week whose rules it changes.
"""

import dataclasses
import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Ledger, Tally
from sim.measures import Measure, Record
from sim.measures.base import sides
from sim.mechanisms.demand import considered
from sim.model import Market, Snapshot
from sim.network import Network
from sim.orders import Offers, Orders
from sim.parameters import Parameters
from sim.policies.base import Policy
from sim.population import State, snapshot
from sim.rules import Rules
from sim.week import Week

EVERY = 8
"""Weeks between saved weeks: a town of 350 lives eight in some 30 ms, and saves one in 170 kB."""


class Sales(NamedTuple):
    """The purchases of one week, one row a unit."""

    buyer: NDArray[np.int32]  # row of the person
    venue: NDArray[np.int32]
    seller: NDArray[np.int32]  # row of the owner in resale, of the listing elsewhere
    brand: NDArray[np.int32]
    price: NDArray[np.int64]  # fen
    from_friend: NDArray[np.bool_]
    is_genuine: NDArray[np.bool_]
    is_satisfied: NDArray[np.bool_]
    is_refunded: NDArray[np.bool_]


class Choice(NamedTuple):
    """What one person had in mind in one week; offers in order of channels."""

    offers: Offers  # (1, n)
    chosen: int  # index of the offer, -1 for not buying
    owner: NDArray[np.int32]  # row of the owner of each offer in resale, -1 elsewhere
    price: NDArray[np.int64]  # fen, of each offer
    brand: NDArray[np.int32]  # of each offer
    is_fake: NDArray[np.bool_]  # of each offer
    likes: NDArray[np.float32]  # seen at the shop of each offer, 0 elsewhere


class Watched(Market):
    """A market that tells what one person has in mind when it chooses."""

    watching = -1
    choice: Choice | None = None

    def meet_needs(self, week: Week) -> Orders:
        """Let consumers choose, and keep what the watched one faces."""
        if self.watching >= 0:
            offers, chosen = considered(week, self.watching)
            n, in_resale = int(offers.end[0, -1]), int(offers.end[0, 0])
            shop, listing = offers.source[0, :in_resale], offers.source[0, in_resale:n]
            shops, listings = self.shops, self.listings
            self.choice = Choice(
                offers,
                chosen,
                np.append(shops.owner_row[shop], np.full(listing.size, -1, np.int32)),
                np.append(shops.price[shop], listings.price[listing]),
                np.append(shops.brand[shop], listings.brand[listing]),
                np.append(shops.ships_fakes[shop], listings.sells_fakes[listing]),
                np.append(shops.likes[shop], np.zeros(listing.size, np.float32)),
            )
        return super().meet_needs(week)


class Saved(NamedTuple):
    """A week that can be gone back to; its tallies are the first rows of the world's own."""

    week: int
    state: State
    ledger: Ledger


class World:
    """A market with a past and a future. Raises ParameterError and NetworkError as `Market` does."""

    def __init__(self, parameters: Parameters, seed: int, network: Network | None = None) -> None:
        """Populate the town of week 0."""
        self.market = Watched(parameters=parameters, seed=seed, network=network)
        self.sales: list[Sales] = []
        self._sides: dict[tuple[Measure, ...], list[NDArray[np.float64]]] = {}
        self._far = self.market.tallies
        self._saved = {0: self._save()}

    def twin(self, policies: Iterable[Policy]) -> "World":
        """Return a world with other policies in the same week; a past that is the same is not lived again."""
        other = object.__new__(World)
        market = self.market
        other.market = Watched(
            parameters=market.parameters, seed=market.seed, network=market.network, state=market.state
        )
        other.market.restore(market.snapshot())
        other.sales, other._far = self.sales[: self.week], other.market.tallies
        other._sides = {measures: weeks[: self.week] for measures, weeks in self._sides.items()}
        other._saved = {week: saved for week, saved in self._saved.items() if week <= self.week}
        other.amend(policies)
        return other

    @property
    def week(self) -> int:
        """The week that begins now."""
        return self.market.week

    @property
    def parameters(self) -> Parameters:
        """What the world is made of."""
        return self.market.parameters

    @property
    def record(self) -> Record:
        """What all weeks up to now added up to."""
        return self.market.record

    def record_until(self, week: int) -> Record:
        """Return what the weeks before `week` added up to, of those lived up to now."""
        return Record(self.market.tallies.first(week).together(), self.market.n_people, week)

    def go(self, week: int) -> None:
        """Be at the beginning of `week`, forwards or backwards."""
        nearest = max(each for each in self._saved if each <= week)
        if week < self.market.week or nearest > self.market.week:
            self._restore(nearest)
        while self.market.week < week:
            self._live()

    def amend(self, policies: Iterable[Policy]) -> int | None:
        """Put other policies in force from week 0 and be in the same week again.

        Returns the first week lived under other rules, None if none was.
        """
        amended = dataclasses.replace(self.parameters, policies=tuple(policies))
        now = self.market.week
        first = next((week for week in range(now) if self.rules(week) != self.rules(week, amended)), None)
        self.market.parameters = amended
        same = now if first is None else first
        self._saved = {week: saved for week, saved in self._saved.items() if week <= same}
        del self.sales[same:]
        for sides_of_weeks in self._sides.values():
            del sides_of_weeks[same:]
        if first is not None:
            self._restore(max(self._saved))
        self._far = self.market.tallies
        self.go(now)
        return first

    def rules(self, week: int, parameters: Parameters | None = None) -> Rules:
        """Return the rules of a week, under these or other parameters."""
        return self.market.rules_in(week, parameters)

    def choice(self, week: int, person: int) -> Choice | None:
        """Return what a person had in mind in a week that was lived, None if nothing can be told.

        The week is lived again beside this world, which stays as it is.
        """
        beside = Watched(
            parameters=self.parameters, seed=self.market.seed, network=self.market.network, state=self.market.state
        )
        saved = self._saved[max(each for each in self._saved if each <= week)]
        beside.restore(Snapshot(saved.week, saved.state, saved.ledger, self._far.first(saved.week)))
        beside.run(week - beside.week)
        beside.watching = person
        beside.step()
        return beside.choice

    def weekly_sides(self, measures: tuple[Measure, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return numerators and denominators of measures by week up to now, each (n_measures, n_weeks).

        Every week is read once, when it is asked for first: measures that look at other weeks cannot be had so.
        """
        weeks = self._sides.setdefault(measures, [])
        for week in range(len(weeks), self.week):
            tally = Tally._make(field[np.newaxis] for field in self.market.tallies[week])
            weeks.append(np.stack(sides(measures, Record(tally, self.market.n_people, 1)))[:, :, 0])
        whole = np.stack(weeks[: self.week], axis=2)
        return whole[0], whole[1]

    def is_like(self, other: "World") -> bool:
        """Tell whether another world is the same to the last bit, as `digest` would."""
        mine, others = self.market, other.market
        return (
            self.week == other.week
            and mine.tallies.is_like(others.tallies)
            and self._changing()[0] == other._changing()[0]
            and all(map(np.array_equal, self._changing()[1], other._changing()[1]))
        )

    def digest(self) -> str:
        """Return a hash of everything that changes: state, books, records, the week and its sales."""
        digest, (numbers, arrays) = hashlib.blake2b(digest_size=16), self._changing()
        digest.update(str((self.week, numbers)).encode())
        for array in (*arrays, *self.market.tallies.together()):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _changing(self) -> tuple[tuple[int, int], list[NDArray[Any]]]:
        """Return all that changes but the records: numbers and arrays."""
        market = self.market
        arrays: list[NDArray[Any]] = [market.ledger.flow, *market.ledger.goods.values()]
        arrays += [column for struct in market.state for column in struct]
        arrays += [column for sales in self.sales[: self.week] for column in sales]
        return (market.ledger.loss_on_stock, market.ledger.lost_deposits), arrays

    def _live(self) -> None:
        week = self.market.week
        self.market.step()
        if len(self.market.tallies) > len(self._far):
            self._far = self.market.tallies
        if week == len(self.sales):
            self.sales.append(sales_of(self.market))
        if self.market.week % EVERY == 0 and self.market.week not in self._saved:
            self._saved[self.market.week] = self._save()

    def _save(self) -> Saved:
        return Saved(self.market.week, snapshot(self.market.state), self.market.ledger.copy())

    def _restore(self, week: int) -> None:
        saved = self._saved[week]
        self.market.restore(Snapshot(saved.week, saved.state, saved.ledger, self._far.first(week)))


def sales_of(market: Market) -> Sales:
    """Return the purchases of the week just lived."""
    orders, shops = market.orders, market.shops
    owners = shops.owner_row[np.maximum(orders.shop, 0)] if shops.owner_row.size else orders.listing
    return Sales(
        orders.buyer.copy(),
        orders.venue.copy(),
        np.where(orders.shop >= 0, owners, orders.listing).astype(np.int32),
        orders.brand.copy(),
        orders.price.copy(),
        orders.from_friend.copy(),
        orders.is_genuine.copy(),
        orders.is_satisfied.copy(),
        orders.is_refunded.copy(),
    )
