"""What can be set: one frozen dataclass a group, one field a line.

Every field carries its meaning, unit, allowed range, source and evidence tag; `weishang list
parameters` and the assumptions page are made from them, and values outside their range are
refused with one line. Tags: `measured` (a public figure), `theory` (a formula of the
literature), `design` (fixed by what is studied), `assumption` (chosen with the reason given).

Money is in yuan here and becomes int64 fen (1/100 yuan) in the state; one step is one week.
"""

import dataclasses
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from sim.fields import MAX_WEEKS, Group, field

START_DATE = date(2014, 1, 6)
"""Monday of week 0."""

WEEKS_PER_YEAR = 52


class Venue(IntEnum):
    """Where a unit can be bought."""

    RESALE_WECHAT = 0
    RESALE_RIVAL = 1
    DIRECT = 2
    BAZAAR = 3
    MALL = 4


class Channel(IntEnum):
    """What reports distinguish, and the nests of demand."""

    RESALE = 0
    DIRECT = 1
    BAZAAR = 2
    MALL = 3


VENUES = tuple(venue.name.lower() for venue in Venue)
CHANNELS = tuple(channel.name.lower() for channel in Channel)
MEAN_FRIENDS = 182
"""Mean degree of the survey fit at log_mean 4.728, log_sd .978: what sparse networks are compared with."""

N_SLOTS = 12
"""Shops that a person can pay attention to."""


# fmt: off
@dataclass(frozen=True)
class Settings(Group):
    """How much is run, not what the market is."""

    seed: int = field(1, "first of the consecutive seeds", "seed", 0, 2**32 - 1, source="keyed luck", tag="design")
    replications: int = field(10, "number of consecutive seeds", "runs", 1, 1_000_000, source="Student t intervals need several", tag="design")
    weeks: int = field(156, "length of a run", "weeks", 1, MAX_WEEKS, source="2014 to 2016, the period of the policy record", tag="design")
    workers: int | None = field(None, "parallel processes (null: the cores)", "processes", 1, 1_024, source="convenience", tag="design")
    threads: int = field(1, "threads inside one world", "threads", 1, 256, source="results do not depend on it", tag="design")
    output: str | None = field(None, "folder of the results (null: results/<verb>/<name>)", "path", source="convenience", tag="design")
    export: str | None = field(None, "also write tables in this form", "format", source="convenience", tag="design", choices=("csv", "xlsx"))


@dataclass(frozen=True)
class Population(Group):
    """Who the people are."""

    n_people: int = field(20_000, "people in the town; all are consumers", "people", 200, 10_000_000, source="large enough for shares of .001", tag="design")
    value_median: float = field(220.0, "worth of a surely satisfying unit, median", "yuan", 1, 100_000, source="cosmetics and skin care sold at 98 to 398 yuan in the press", tag="assumption")
    value_sigma: float = field(0.35, "the same, standard deviation of the logarithm", "ln yuan", 0, 2, source="moderate taste differences", tag="assumption")
    price_sensitivity: float = field(0.02, "alpha; choice noise has scale 1/alpha yuan; median", "1/yuan", 1e-4, 10, source="own-price elasticity of 2 to 3 at 130 yuan", tag="assumption")
    price_sensitivity_sigma: float = field(0.0, "alpha, standard deviation of the logarithm", "ln 1/yuan", 0, 1, source="kept off so that one alpha prices welfare", tag="assumption")
    need_per_week: float = field(0.153, "rate of purchase occasions, mean; at most one need a week is met", "1/week", 0, 10, source="about six needs met a year in the categories sold; fitted to the record (docs/calibration.md)", tag="assumption")
    need_shape: float = field(0.7, "shape of the gamma law of purchase occasions", "1", 0.05, 100, source="buying frequency is over-dispersed (NBD literature: shape below 1)", tag="assumption")
    demand_growth_per_year: float = field(0.36, "growth of that rate a year", "1/year", -0.9, 10, source="WeChat users rose from 355 m to 889 m in 2014-16, 36 % a year (Penguin Intelligence 2017)", tag="assumption")
    share_naive: float = field(0.5, "share who count likes as satisfied buyers", "share", 0, 1, source="60 % of surveyed say that they check a seller first", tag="assumption")
    share_using_bazaar: float = field(0.7, "share who use the open C2C marketplace", "share", 0, 1, source="online shoppers among internet users about two thirds", tag="assumption")
    share_using_mall: float = field(0.35, "share who use the B2C mall", "share", 0, 1, source="B2C half of online shopping in 2015, fewer people", tag="assumption")
    share_using_rival: float = field(0.4, "share who use the rival social platform", "share", 0, 1, source="a second social platform of about half the size", tag="assumption")
    wealth_median: float = field(4_900.0, "money at hand, median", "yuan", 1, 1e7, source="one to two monthly wages", tag="assumption")
    wealth_sigma: float = field(0.9, "money at hand, standard deviation of the logarithm", "ln yuan", 0, 3, source="skewed like household savings", tag="assumption")
    outside_income_median: float = field(150.0, "part-time income forgone by running a shop, median", "yuan/week", 1, 1e6, source="a shop is a part-time job: 14 475 yuan sales a year on average", tag="assumption")
    outside_income_sigma: float = field(0.8, "the same, standard deviation of the logarithm", "ln yuan/week", 0, 3, source="skewed like wages", tag="assumption")
    conscience_median: float = field(40.0, "gain over four weeks that a person forgoes to stay honest, median", "yuan", 0.01, 1e6, source="makes fakes a temptation for larger shops", tag="assumption")
    conscience_sigma: float = field(1.3, "the same, standard deviation of the logarithm", "ln yuan", 0, 4, source="wide differences between people", tag="assumption")


@dataclass(frozen=True)
class Network(Group):
    """Who is whose friend."""

    kind: str = field("generated", "generated, or read from an edge list", "kind", source="both are wanted", tag="design", choices=("generated", "file"))
    path: str | None = field(None, "edge list for kind=file: text, CSV, either gzipped", "path", source="user's data", tag="design")
    seed: int | None = field(None, "seed of the graph (null: the run's seed)", "seed", 0, 2**32 - 1, source="keyed luck", tag="design")
    log_mean: float = field(4.728, "mean of ln degree", "ln people", 0, 9, source="lognormal fit to an early-2016 survey of 40 443 users", tag="measured")
    log_sd: float = field(0.978, "standard deviation of ln degree", "ln people", 0, 1.5, source="the same fit; mean degree 182", tag="measured")
    friends_scale: float | None = field(None, "factor on degrees (null: min(1, .1 n_people/182))", "1", 1e-4, 10, source="small towns cannot have 182 friends each", tag="design")


@dataclass(frozen=True)
class Shops(Group):
    """The resellers."""

    initial_share: float = field(0.004, "share of people who run a shop in week 0; at least one a brand", "share", 0, 0.5, source="about .018 by the end of 2015 after rapid growth", tag="assumption")
    initial_tiers: int = field(1, "deepest tier among the shops of week 0", "tiers", 1, 8, source="chains were short in early 2014", tag="assumption")
    initial_strangers: int = field(20, "strangers who follow a shop of week 0", "people", 0, 100_000, source="shops that exist have customers beyond friends", tag="assumption")
    opening_units_first: int = field(100, "opening stock of tier 1", "units", 0, 100_000, source="10 000 yuan for 100 boxes in the press", tag="measured")
    opening_units_below: int = field(40, "opening stock below tier 1", "units", 0, 100_000, source="first carton of about 1 000 to 4 000 yuan", tag="measured")
    tier_markup: float = field(0.20, "unit cost of a tier over that of the tier above, less one", "share", 0, 3, source="observed 1.10, 1.27, 1.21 (Lanzhou Daily 2015)", tag="measured")
    retail_markup: float = field(0.6, "price over unit cost, less one", "share", 0, 10, source="last step observed at 1.2 to 1.8", tag="measured")
    posts_per_week: float = field(10.0, "posts of a shop of median aggressiveness", "posts/week", 0, 1_000, source="one or two a day", tag="assumption")
    aggressiveness_sigma: float = field(0.5, "standard deviation of ln aggressiveness", "ln 1", 0, 3, source="some post three times as much as others", tag="assumption")
    growth_sigma: float = field(1.5, "standard deviation of ln strangers added a week", "ln 1", 0, 3, source="heavy-tailed: a few add thousands; fitted to the record (docs/calibration.md)", tag="assumption")
    share_not_growing: float = field(0.4, "share of shops that never add strangers", "share", 0, 1, source="many sell to acquaintances only", tag="assumption")
    strangers_per_week: float = field(7.0, "strangers that a shop adds a week, mean, at mean degree 182", "people/week", 0, 1_000, source="fitted to the record (docs/calibration.md)", tag="assumption")
    replace: float = field(0.05, "chance that an offered shop replaces the least believed one where no slot is free", "probability", 0, 1, source="attention is scarce", tag="assumption")
    deepest_tier: int = field(8, "deepest tier of resale", "tiers", 1, 8, source="the deepest chains reported", tag="design")
    lot_units: int = field(20, "smallest lot reordered", "units", 1, 100_000, source="a carton", tag="assumption")
    drop_markup: float = field(1.10, "price of a unit that the upline ships for the shop, over unit cost", "ratio", 1, 10, source="handling of single parcels", tag="assumption")
    bonus: float = field(0.05, "bonus on the value of a recruit's opening stock, paid by the brand", "share", 0, 1, source="a few per cent per level in press reports", tag="assumption")
    bonus_levels: int = field(2, "levels above a recruit that are paid the bonus", "levels", 0, 8, source="starting value of the feasibility run", tag="assumption")
    salvage: float = field(0.2, "value of stock of a closing shop over its cost", "share", 0, 1, source="unsold boxes dumped far below the price of making them", tag="assumption")
    smoothing: float = field(0.125, "weight of the last week in smoothed sales and profits", "1", 0.001, 1, source="a memory of two months", tag="assumption")
    pricing: str = field("cost_plus", "rule by which shops set prices: best_response, cost_plus, fixed or hill_climb", "rule", source="docs/odd.md 7.8", tag="design")
    markup_step: float = field(0.05, "share by which cost_plus changes the mark-up", "share", 0, 1, source="small steps", tag="assumption")
    markup_least: float = field(0.05, "smallest mark-up", "share", 0, 10, source="below cost nobody sells for long", tag="assumption")
    markup_most: float = field(2.0, "largest mark-up", "share", 0, 10, source="threefold prices occur in the press", tag="assumption")
    dead_weeks: float = field(26.0, "stock of more weeks' sales than this is dead and the mark-up is cut", "weeks", 0, 5_200, source="half a year", tag="assumption")
    price_step: float = field(0.03, "step of hill_climb pricing", "share", 0.001, 0.5, source="small steps", tag="assumption")
    share_buying_fakes: float = field(0.15, "share of shops of week 0 that deal in fakes", "share", 0, 1, source="below the marketplaces' sampled shares; resale was never sampled", tag="assumption")


@dataclass(frozen=True)
class Sourcing(Group):
    """Who sells fakes."""

    repeat_share: float = field(0.3, "share of a shop's sales that are lost for good once buyers are disappointed", "share", 0, 1, source="friends forgive or do not notice", tag="assumption")
    horizon: float = field(14.0, "four-week periods of lost custom that a median person counts", "periods", 0, 1_000, source="half a year", tag="assumption")
    patience_sigma: float = field(0.6, "standard deviation of ln patience, a factor on the horizon", "ln 1", 0, 3, source="discount rates differ widely", tag="assumption")
    learnt_risk: float = field(0.0002, "perceived risk of losing the shop for dealing in fakes", "1/four weeks", 0, 1, source="72 000 sanctions in 22 months over 15 to 20 m merchants: .0025 a year", tag="measured")


@dataclass(frozen=True)
class Recruitment(Group):
    """Who opens a shop."""

    look: float = field(0.00078, "weekly chance that a person considers a followed shop's offer to join", "1/week", 0, 1, source="fitted to the record (docs/calibration.md)", tag="assumption")
    hype: float = field(9.0, "income promised over true income", "ratio", 0, 100, source="luxury cars in Moments against a mean of 1 200 yuan sales a month; fitted to the record (docs/calibration.md)", tag="assumption")
    interest: float = field(0.001, "interest forgone on a deposit", "1/week", 0, 0.1, source="5 % a year, small savings products of 2014", tag="assumption")
    choosiness: float = field(1.0, "spread of the decision to join over outside income", "share", 0.01, 10, source="starting value of the feasibility run", tag="assumption")
    agents_recruited: float = field(4e-5, "weekly chance of being recruited to tier 1 by a brand without a store", "1/week", 0, 1, source="starting value of the feasibility run, at effort one half", tag="assumption")


@dataclass(frozen=True)
class Exit(Group):
    """Who gives up."""

    weeks_before_exit: int = field(8, "weeks before a shop is judged", "weeks", 0, 520, source="starting value of the feasibility run", tag="assumption")
    exit_share: float = field(0.6, "smoothed profit over outside income below which a shop may close", "share", 0, 10, source="fitted to the record (docs/calibration.md)", tag="assumption")
    exit_chance: float = field(0.055, "weekly chance that it then does", "1/week", 0, 1, source="fitted to the record (docs/calibration.md)", tag="assumption")
    disappointment: float = field(0.1, "weight with which the loss of a leaver lowers friends' trust, against own experience", "1", 0, 1, source="a story among friends", tag="assumption")


@dataclass(frozen=True)
class Campaigns(Group):
    """Like campaigns: evidence forged, and followers gained, through friends of friends."""

    campaign_rate: float = field(0.03, "weekly chance of a campaign for a shop of median aggressiveness", "1/week", 0, 1, source="one or two a year", tag="assumption")
    campaign_reach: int = field(50, "friends of friends reached", "people", 0, 10_000, source="starting value of the feasibility run", tag="assumption")
    campaign_like: float = field(0.15, "chance that one of them leaves a like", "probability", 0, 1, source="38 likes for a prize were asked for", tag="assumption")
    campaign_join: float = field(0.06, "chance that one of them is offered the shop", "probability", 0, 1, source="a few new followers a campaign", tag="assumption")
    likes_half_life: float = field(8.0, "half-life of likes seen", "weeks", 0.1, 5_200, source="Moments scroll away", tag="assumption")


@dataclass(frozen=True)
class Regulator(Group):
    """What the platform's governor does when no policy acts."""

    campaign_detection: float = field(0.0005, "chance that a like campaign is detected", "probability", 0, 1, source="measured enforcement: about .0025 a merchant-year", tag="measured")
    inspection_cost: float = field(50.0, "operator's cost of one inspection", "yuan", 0, 1e6, source="an hour or two of a clerk, and a test purchase", tag="assumption")
    moving_hurdle: float = field(0.1, "gain over staying at which a shop moves to the rival platform", "share", 0, 10, source="habit", tag="assumption")


@dataclass(frozen=True)
class Brands(Group):
    """The makers and their own stores."""

    n_brands: int = field(8, "brands", "brands", 1, 64, source="enough for competition, few enough to read", tag="design")
    quality_low: float = field(0.72, "true chance of satisfaction of the worst brand", "probability", 0, 1, source="genuine goods mostly satisfy", tag="assumption")
    quality_high: float = field(0.96, "true chance of satisfaction of the best brand", "probability", 0, 1, source="the same", tag="assumption")
    quality_fake: float = field(0.35, "true chance of satisfaction of a fake", "probability", 0, 1, source="fakes mostly disappoint", tag="assumption")
    cost_base: float = field(20.0, "unit cost of a good of quality 0", "yuan", 0, 1e5, source="a box of masks costs about 5 yuan a sheet", tag="assumption")
    cost_per_quality: float = field(40.0, "unit cost gained by quality 1", "yuan", 0, 1e5, source="better goods cost more", tag="assumption")
    wholesale_markup: float = field(0.4, "wholesale price over unit cost, less one", "share", 0, 10, source="profit 18 % of chain sales in the Taizhou case", tag="assumption")
    list_markup: float = field(0.75, "direct list price over wholesale, less one", "share", 0, 10, source="direct retail below three tiers of mark-up", tag="assumption")
    fake_cost_share: float = field(0.25, "cost of a fake over the genuine wholesale price", "share", 0, 1, source="mask sold at 19 yuan cost under 5", tag="measured")
    n_media: int = field(1, "social media on which a brand advertises its store", "media", 0, 16, source="WeChat alone at first; all of them under aggregation", tag="design")
    reach_per_medium: float = field(0.001, "weekly chance that one medium's advertising at full effort makes a person know the store", "1/week", 0, 1, source="Bass p of about .02 to .1 a year", tag="assumption")
    known_initially: float = field(0.05, "share of people who know a brand's store in week 0", "share", 0, 1, source="few brands had known stores in early 2014", tag="assumption")
    effort: float = field(0.5, "share of a brand's effort that goes into its own store, mean at first; the rest recruits shops", "share", 0, 1, source="brands tried both in 2014", tag="assumption")
    effort_spread: float = field(0.2, "half-width of the differences between brands", "share", 0, 1, source="brands tried both in 2014", tag="assumption")
    effort_least: float = field(0.05, "smallest effort for the own store", "share", 0, 1, source="a store stays open", tag="assumption")
    effort_step: float = field(0.02, "change of effort at a review", "share", 0, 1, source="a quarter in a year", tag="assumption")
    hurdle: float = field(1.0, "return above cost at which a brand invests in its store", "ratio", 0, 100, source="real options: uncertain investments must return a multiple (Dixit & Pindyck 1994)", tag="assumption")
    hurdle_ambiguity: float = field(2.0, "growth of that hurdle with the rules' ambiguity", "ratio", 0, 100, source="the same", tag="assumption")
    imitation: float = field(0.3, "share of the way to a more profitable brand's effort, each quarter", "share", 0, 1, source="starting value", tag="assumption")
    pricing: str = field("fixed", "rule by which brands set list prices: best_response, fixed or hill_climb", "rule", source="docs/odd.md 7.8", tag="design")
    service_cost: float = field(8.0, "brand's cost of serving one direct sale", "yuan/unit", 0, 1e4, source="parcel and service of a small order", tag="assumption")
    advertising_cost: float = field(40.0, "brand's cost of making one person aware by advertising, for each medium's expected reach", "yuan/person", 0, 1e4, source="tens of yuan to win a customer in online retail", tag="assumption")


@dataclass(frozen=True)
class Bazaar(Group):
    """The open C2C marketplace."""

    sellers_at_most: int = field(8, "places for sellers of each brand", "sellers", 0, 64, source="several compete visibly", tag="design")
    income_needed: float = field(400.0, "income from a town of 20 000 people at which a seller stays", "yuan/week", 0, 1e7, source="sellers serve a national market; a town gives a part of a wage", tag="assumption")
    turnover: float = field(0.1, "chance, every four weeks, that an unprofitable seller leaves or a profitable place is taken", "probability", 0, 1, source="months, not days", tag="assumption")
    repeat_share: float = field(0.25, "share of sales that are lost once ratings show disappointment", "share", 0, 1, source="public ratings carry a record to every buyer", tag="assumption")
    sellers_per_brand: int = field(4, "sellers of each brand in week 0", "sellers", 0, 64, source="several compete visibly", tag="assumption")
    markup: float = field(0.45, "price over wholesale, less one", "share", 0, 10, source="visible prices keep margins thinner than resale", tag="assumption")
    share_fakes: float = field(0.3, "share of listings that are fakes", "share", 0, 1, source="19 of 51 sampled genuine in 2014, sampled where fakes were expected", tag="assumption")
    fake_discount: float = field(0.1, "price cut of a listing that sells fakes", "share", 0, 1, source="fakes undercut, not by much", tag="assumption")


@dataclass(frozen=True)
class Mall(Group):
    """The B2C marketplace with guaranteed quality."""

    commission: float = field(0.08, "mall's commission; its price is the direct price times one plus this", "share", 0, 1, source="B2C commissions of 5 to 10 %", tag="assumption")


@dataclass(frozen=True)
class Attention(Group):
    """What is seen in the feed."""

    organic_posts: int = field(50, "friends' ordinary posts in a feed", "posts/week", 0, 10_000, source="starting value of the feasibility run", tag="assumption")
    posts_read: float = field(120.0, "posts that a person reads", "posts/week", 0.1, 100_000, source="starting value of the feasibility run", tag="assumption")
    notice: float = field(0.1, "chance weight that one post seen brings its shop to mind at a need", "1/post", 0, 10, source="starting value of the feasibility run", tag="assumption")
    mute_hazard: float = field(0.15, "weekly hazard of muting per unit of advertising share above the tolerated", "1/week", 0, 1, source="a year of heavy spam costs a shop its readers", tag="assumption")
    ads_tolerated: float = field(0.4, "advertising share of a feed that is tolerated", "share", 0, 1, source="below half the feed", tag="assumption")
    post_disutility: float = field(0.01, "harm of one advertising post seen", "yuan/post", 0, 100, source="a second or two at a low wage", tag="assumption")


@dataclass(frozen=True)
class Demand(Group):
    """How a need becomes a purchase: nested logit."""

    dissimilarity: float = field(0.6, "lambda of the nests (channels); 1 is the plain logit", "1", 0.1, 1, source="alternatives within a channel are closer substitutes", tag="assumption")
    tie_value: float = field(10.0, "worth of buying from a friend", "yuan", -1e4, 1e4, source="obligation and convenience among friends", tag="assumption")
    hassle_resale: float = field(5.0, "effort of buying in resale", "yuan", -1e4, 1e4, source="a chat and a transfer", tag="assumption")
    hassle_direct: float = field(20.0, "effort of buying in a brand's own store", "yuan", -1e4, 1e4, source="a separate account and shop to find", tag="assumption")
    hassle_bazaar: float = field(15.0, "effort of searching the bazaar", "yuan", -1e4, 1e4, source="comparing listings", tag="assumption")
    hassle_mall: float = field(10.0, "effort of buying in the mall", "yuan", -1e4, 1e4, source="one trusted shop window", tag="assumption")
    n_shops_considered: int = field(6, "shops considered at most", "offers", 0, N_SLOTS, source="small consideration sets", tag="assumption")
    n_brands_considered: int = field(2, "offers considered at most in each other channel", "offers", 0, 8, source="small consideration sets", tag="assumption")


@dataclass(frozen=True)
class Trust(Group):
    """What is believed and how it is learnt."""

    start_resale: float = field(0.67, "trust in resale in week 0", "probability", 0, 1, source="39.8 % trusted micro-merchants in 2016, after two years of harm; fitted to the record (docs/calibration.md)", tag="assumption")
    start_direct: float = field(0.72, "trust in brands' stores in week 0", "probability", 0, 1, source="starting value of the feasibility run", tag="assumption")
    start_bazaar: float = field(0.60, "trust in the bazaar in week 0", "probability", 0, 1, source="starting value of the feasibility run", tag="assumption")
    start_mall: float = field(0.72, "trust in the mall in week 0", "probability", 0, 1, source="starting value of the feasibility run", tag="assumption")
    spill_over: float = field(0.9, "trust in rival resale over trust in resale at the start", "share", 0, 1, source="the same sellers elsewhere are trusted a little less", tag="assumption")
    prior_weight: float = field(4.0, "k, weight of venue trust against evidence", "purchases", 0.01, 1_000, source="a few purchases outweigh the prior", tag="assumption")
    ratings_read: float = field(20.0, "public ratings that count at most", "ratings", 0, 1e6, source="people read a page of reviews", tag="assumption")
    likes_counted: float = field(6.0, "likes that a naive person counts at most", "likes", 0, 1e6, source="starting value of the feasibility run", tag="assumption")
    gain_good: float = field(0.05, "trust gain after a satisfying purchase", "1", 0, 1, source="negativity: bad news weighs about three times good", tag="assumption")
    gain_bad: float = field(0.15, "trust loss after a disappointing purchase", "1", 0, 1, source="negativity: bad news weighs about three times good", tag="assumption")
    n_friends_told: int = field(3, "friends told of a purchase", "people", 0, 50, source="word of mouth reaches a handful", tag="assumption")
    message_weight: float = field(0.3, "w, weight of a friend's message against own experience", "1", 0, 1, source="hearsay counts less", tag="assumption")
    learn_brand: float = field(0.03, "chance that praise makes a friend know the brand's own store", "probability", 0, 1, source="Bass q of the awareness process", tag="assumption")
    evidence_half_life: float = field(52.0, "half-life of evidence and ratings", "weeks", 0.1, 1e6, source="starting value of the feasibility run", tag="assumption")
    overpayment_penalty: float = field(0.3, "share of trust lost per unit of relative overpayment discovered", "1", 0, 1, source="paying half more than needed costs a seventh of trust", tag="assumption")


@dataclass(frozen=True)
class Platform(Group):
    """What the venues' operators guarantee, show and charge when no policy acts."""

    refund_resale: float = field(0.0, "chance that a dissatisfied buyer is refunded in resale", "probability", 0, 1, source="direct transfers had no escrow", tag="measured")
    refund_direct: float = field(0.3, "the same in brands' stores", "probability", 0, 1, source="returns accepted now and then", tag="assumption")
    refund_bazaar: float = field(0.3, "the same in the bazaar", "probability", 0, 1, source="escrow with disputes", tag="assumption")
    refund_mall: float = field(0.7, "the same in the mall", "probability", 0, 1, source="seven-day returns", tag="assumption")
    rating_weight_resale: float = field(0.0, "weight with which public ratings are visible in resale", "share", 0, 1, source="chats show no ratings", tag="measured")
    rating_weight_elsewhere: float = field(1.0, "the same in the other venues", "share", 0, 1, source="marketplaces show ratings", tag="measured")
    complaint_resale: float = field(0.04, "chance that a dissatisfied buyer complains to the operator in resale", "probability", 0, 1, source="complaints per harm a fraction of the marketplaces'", tag="assumption")
    complaint_elsewhere: float = field(0.15, "the same elsewhere", "probability", 0, 1, source="a button to press", tag="assumption")
    complaint_to_friend: float = field(0.4, "factor on it if the seller is a friend", "share", 0, 1, source="one does not report a friend", tag="assumption")
    price_transparency: float = field(0.1, "chance that a buyer learns the direct price", "probability", 0, 1, source="official prices were seldom known", tag="assumption")


@dataclass(frozen=True)
class Scandal(Group):
    """An exposure in the news: at the start of `week` everyone's trust in `venue` is cut."""

    week: int = field(65, "week at whose start trust falls", "week", 0, MAX_WEEKS, source="2015-04-09 is in week 65", tag="measured")
    venue: str = field("resale_wechat", "venue exposed", "venue", source="toxic-mask scandal", tag="measured", choices=VENUES)
    cut: float = field(0.2, "share of trust lost", "share", 0, 1, source="size calibrated", tag="assumption")

# fmt: on


@dataclass(frozen=True)
class Parameters:
    """Everything that a world is made of."""

    population: Population = Population()
    network: Network = Network()
    shops: Shops = Shops()
    sourcing: Sourcing = Sourcing()
    recruitment: Recruitment = Recruitment()
    exit: Exit = Exit()
    campaigns: Campaigns = Campaigns()
    regulator: Regulator = Regulator()
    brands: Brands = Brands()
    bazaar: Bazaar = Bazaar()
    mall: Mall = Mall()
    attention: Attention = Attention()
    demand: Demand = Demand()
    trust: Trust = Trust()
    platform: Platform = Platform()
    scandals: tuple[Scandal, ...] = ()
    policies: tuple[Any, ...] = ()  # of sim.policies.base.Policy, by name and start


PARAMETER_GROUPS: dict[str, type[Group]] = {
    declared.name: declared.type
    for declared in dataclasses.fields(Parameters)
    if isinstance(declared.type, type) and issubclass(declared.type, Group)
}
