"""The market as a Mesa model: the week as named calls, and twins by `fork`."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np

from sim import measures
from sim.beliefs import decay_table
from sim.counts import count_costs, count_inequality, count_market, count_trust
from sim.edge_list import read_edge_list
from sim.fields import MAX_WEEKS, ParameterError
from sim.friendships import generate
from sim.ledger import PER_ONE, Ledger, Tallies, Tally
from sim.measures import Record
from sim.mechanisms import (
    attention,
    bazaar,
    brands,
    demand,
    enforcement,
    exits,
    experience,
    growth,
    migration,
    prices,
    recruitment,
    sourcing,
    trade,
)
from sim.network import Network
from sim.opening import populate, post_opening
from sim.orders import Orders, empty_orders
from sim.parameters import VENUES, Parameters, Scandal, Settings
from sim.population import Brands, Listings, People, Shops, State, snapshot
from sim.rules import Rules, neutral
from sim.week import Scratch, Week

if TYPE_CHECKING:
    import pandas as pd

logging.getLogger("MESA").setLevel(logging.WARNING)


class Brand(mesa.Agent):
    """A view of one brand; the arrays hold its state."""

    def __init__(self, model: Market, number: int) -> None:
        """Be the view of brand `number` (from 0)."""
        super().__init__(model)
        self.number = number

    def __getattr__(self, name: str) -> Any:
        """Return the brand's entry of the column `name` of `market.brands`."""
        if name in Brands._fields:
            return getattr(self.model.brands, name)[self.number]
        raise AttributeError(name)


class Market(mesa.Model):
    """One world: people, shops, brands and venues, week by week (docs/odd.md).

    Give either the name of a scenario or `parameters`; `overrides` are groups of parameters as
    mappings, e.g. `shops={"initial_share": .05}`; `network` is such a group or a graph.
    Worlds with the same seed and the same number of people are twins: the same people with the same luck.
    """

    def __init__(
        self,
        *,
        scenario: str = "baseline",
        parameters: Parameters | None = None,
        seed: int | str = 1,
        n_people: int | None = None,
        network: Network | Mapping[str, Any] | None = None,
        threads: int = 1,
        state: State | None = None,
        **overrides: Any,
    ) -> None:
        """Populate the world of week 0 (or take over `state`). Raises ParameterError, NetworkError."""
        self.seed = seed_from(seed)
        super().__init__(rng=self.seed)
        if isinstance(network, Mapping):
            overrides, network = overrides | {"network": network}, None
        refuse_unread(network, parameters, overrides)
        if parameters is None:
            parameters = named_parameters(scenario, n_people, overrides)
        self.parameters, self.threads = parameters, Settings(threads=threads).threads
        self.network = network or make_network(parameters, self.seed)
        self.notes: list[str] = []
        self.week = 0
        self.state = state or populate(parameters, self.seed, self.network)
        self.ledger = Ledger(parameters.brands.n_brands)
        self.tallies = Tallies(parameters.brands.n_brands)
        self.orders = empty_orders(0)
        self.rules: Rules = neutral(parameters, self.mean_degree)
        self._is_catching_up = False
        self._prepare()

    def _prepare(self) -> None:
        """Set aside scratch arrays and the numbers that kernels take."""
        given, n_people = self.parameters, self.n_people
        self._decay = decay_table(given.trust.evidence_half_life)
        self._row_of_key = np.argsort(self.people.key)
        self._scratch = Scratch(np.ones(n_people), np.zeros(n_people, np.bool_), empty_orders(n_people))
        self._views = [Brand(self, number) for number in range(given.brands.n_brands)]
        wanted = max(given.brands.n_brands, round(given.shops.initial_share * n_people))
        if self.week == 0 and self.shops.owner.size < wanted:
            self.notes.append(
                f"shops opened: {self.shops.owner.size} of {wanted}, for want of people who can pay the opening stock"
            )

    # the state --------------------------------------------------------------------------------

    @property
    def n_people(self) -> int:
        """Number of people."""
        return self.network.n_people

    @property
    def mean_degree(self) -> float:
        """Mean number of friends."""
        return float(self.network.neighbours.size / self.n_people)

    @property
    def people(self) -> People:
        """The people, struct of arrays."""
        return self.state.people

    @property
    def shops(self) -> Shops:
        """The shops, struct of arrays."""
        return self.state.shops

    @property
    def listings(self) -> Listings:
        """The direct, mall and bazaar listings, struct of arrays."""
        return self.state.listings

    @property
    def brands(self) -> Brands:
        """The brands, struct of arrays."""
        return self.state.brands

    # the week ---------------------------------------------------------------------------------

    def step(self) -> None:
        """Live one week (docs/odd.md, section 3)."""
        if self._is_catching_up:
            return
        if self.week >= MAX_WEEKS:
            raise ParameterError(f"week={self.week}: a market lives {MAX_WEEKS} weeks at most")
        tally = self.tallies.begin()
        if self.week == 0:
            post_opening(self.shops, self.brands, tally)

        # Rules
        self.rules = self.rules_in(self.week)
        self.announce_scandals()
        week = self.this_week(tally)

        # Brands
        brands.imitate(week)
        brands.review_effort(week)
        prices.review_brands(week)
        brands.advertise(week)
        bazaar.turn_over(week)
        sourcing.choose_goods(week)

        # Shops
        growth.fade(week)
        sourcing.choose_lots(week)
        prices.review_shops(week)
        migration.migrate(week)
        migration.leave_all_at_once(week)
        growth.post(week)
        growth.show_badges(week)
        growth.purge(week)
        growth.grow(week)

        # Consumers
        trade.note_what_ships(week)
        attention.attend(week)
        self.orders = self.meet_needs(week)

        # Trade
        trade.trade(week, self.orders, brands.advertising_bills(week))
        trade.reorder(week)

        # Experience
        experience.find_out(week, self.orders)
        experience.spread_the_word(week, self.orders)
        experience.rate_sellers(week, self.orders)

        # Enforcement
        enforcement.collect_deposits(week)
        enforcement.enforce(week)
        exits.smooth_accounts(week)

        # Exit and entry
        exits.close_shops(week)
        self.state = self.state._replace(shops=recruitment.recruit(week))

        # Books and measures
        self.close_books(week)
        self.week += 1

    def rules_in(self, week: int, parameters: Parameters | None = None) -> Rules:
        """Return neutral rules, amended by the policies in force in a week, under these or other parameters.

        Policies act in the order of their names, however they were given.
        """
        parameters = parameters or self.parameters
        rules = neutral(parameters, self.mean_degree)
        for policy in sorted(parameters.policies, key=lambda each: each.name()):
            rules = policy.amend(rules, week)
        return rules

    def this_week(self, tally: Tally) -> Week:
        """Return what mechanisms share this week."""
        return Week(
            self.seed, self.week, self.parameters, self.rules, self.network, self.state, self._decay, tally,
            self.tallies, self._row_of_key, self._scratch, self.threads,
        )  # fmt: skip

    def announce_scandals(self) -> None:
        """Cut everyone's trust in a venue exposed this week."""
        for scandal in self.parameters.scandals:
            if scandal.week == self.week:
                venue = VENUES.index(scandal.venue)
                trust = self.people.trust[:, venue].astype(np.float64)
                self.people.trust[:, venue] = trust * (1.0 - scandal.cut)

    def meet_needs(self, week: Week) -> Orders:
        """Let consumers choose; a subclass may look at what they face."""
        return demand.meet_needs(week)

    def close_books(self, week: Week) -> None:
        """Check that money and goods balance, and keep what measures need."""
        tally = week.tally

        def count(first: int, last: int, part: Tally) -> int:
            count_trust(first, last, self.people.trust, part.trust, part.n_trusting)
            return 0

        week.over_people(count)
        service_cost = round(100 * self.parameters.brands.service_cost)
        profits, incomes = count_market(
            self.week, self.orders, *self.state, service_cost, self.parameters.shops.salvage,
            self.rules.contact_limit, tally,
        )  # fmt: skip
        count_inequality(profits, incomes, tally)
        count_costs(self.brands, tally)
        tally.effort[0] = np.rint(self.brands.effort * PER_ONE).astype(np.int64).sum()
        tally.sellers[0] = self.listings.is_open[2 * self.brands.quality.size :].sum()
        self.ledger.post(tally)
        self.ledger.check(self.state, tally)
        self.tallies.end()

    # running, twins, results ------------------------------------------------------------------

    def run(self, weeks: int) -> Market:
        """Live `weeks` weeks; returns the market itself. Raises ParameterError past `MAX_WEEKS`."""
        if weeks < 0:
            raise ParameterError(f"weeks={weeks}: allowed is 0 or more")
        for _ in range(weeks):
            self.step()
        return self

    def snapshot(self) -> Snapshot:
        """Return an independent copy of everything that changes."""
        return Snapshot(self.week, snapshot(self.state), self.ledger.copy(), self.tallies.copy())

    def restore(self, saved: Snapshot) -> None:
        """Go back (or forward) to a snapshot of this market; `week` is turned back, Mesa's `time` goes on."""
        self.state = snapshot(saved.state)
        self.week, self.ledger, self.tallies = saved.week, saved.ledger.copy(), saved.tallies.copy()
        self.orders = empty_orders(0)

    def fork(self, *, policies: Mapping[str, Any] | None = None, scandals: Iterable[Scandal] | None = None) -> Market:
        """Return a twin: same people, same graph, same luck, same past.

        `policies`, as in a scenario file (`{"friend_limit": {"limit": 500}}`), replace those of the same name from
        this week on, all others stay in force; one without a `start_week` starts now. `scandals`, if
        given, replace those of the past world from this week on. Raises ParameterError.
        """
        parameters = self.parameters
        if policies is not None:
            from sim.scenario import merge_fork

            parameters = dataclasses.replace(parameters, policies=merge_fork(parameters.policies, policies, self.week))
        if scandals is not None:
            past = tuple(each for each in parameters.scandals if each.week < self.week)
            coming = tuple(each for each in scandals if each.week >= self.week)
            parameters = dataclasses.replace(parameters, scandals=past + coming)
        saved = self.snapshot()
        twin = Market(
            parameters=parameters, seed=self.seed, network=self.network, threads=self.threads, state=saved.state
        )
        twin.week, twin.ledger, twin.tallies = saved.week, saved.ledger, saved.tallies
        twin.orders = Orders._make(column.copy() for column in self.orders)
        twin.notes = list(self.notes)
        if self.time > 0:
            twin._is_catching_up = True
            twin.run_for(self.time)
            twin._is_catching_up = False
        return twin

    @property
    def record(self) -> Record:
        """What all weeks so far added up to, for measures."""
        return Record(self.tallies.together(), self.n_people, len(self.tallies))

    @property
    def weekly(self) -> pd.DataFrame:
        """Measures of all weeks so far, one row a week."""
        return measures.weekly_table(self.record, self.parameters.brands.n_brands)

    def run_level(self) -> dict[str, float]:
        """Return measure -> value of the run so far."""
        return measures.run_level(self.record, self.parameters.brands.n_brands)


class Snapshot(NamedTuple):
    """Everything about a market that changes."""

    week: int
    state: State
    ledger: Ledger
    tallies: Tallies


def seed_from(given: int | str) -> int:
    """Return the seed, which an input field gives as text; raises ParameterError for anything else."""
    is_integer = isinstance(given, Integral) and not isinstance(given, bool)
    is_integer = is_integer or (isinstance(given, str) and given.strip().isdecimal())
    return Settings(seed=int(given) if is_integer else given).seed  # type: ignore[arg-type]


def refuse_unread(network: Any, parameters: Parameters | None, overrides: Mapping[str, Any]) -> None:
    """Raise ParameterError for a network of another type, and for groups beside parameters, which have them all."""
    if network is not None and not isinstance(network, Network):
        raise ParameterError(
            f"network={str(network)[:40]!r}: allowed is a group of parameters, e.g. {{'kind': 'file', 'path': "
            "'friends.csv'}, or a Network"
        )
    if parameters is not None and overrides:
        raise ParameterError(f"{next(iter(overrides))}: not read beside `parameters`; allowed is one of them")


def named_parameters(scenario: str, n_people: int | None, overrides: dict[str, Any]) -> Parameters:
    """Return the parameters of a scenario with overrides."""
    from sim.scenario import load

    if n_people is not None:
        overrides = overrides | {"population": dict(overrides.get("population", {}), n_people=n_people)}
    return load(scenario, overrides=overrides).parameters


def make_network(parameters: Parameters, seed: int) -> Network:
    """Return the friend graph that the parameters ask for; raises NetworkError."""
    given, n_people = parameters.network, parameters.population.n_people
    if given.path is not None:
        return read_edge_list(given.path)
    return generate(
        n_people,
        seed=seed if given.seed is None else given.seed,
        log_mean=given.log_mean,
        log_sd=given.log_sd,
        friends_scale=given.friends_scale,
    )
