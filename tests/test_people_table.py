"""`people.parquet`: who gains, who loses and whom it reaches, from people held against themselves in twin worlds."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli import main
from sim.model import Market
from sim.randomness import Purpose, keyed_uniforms
from sim.scenario import compose
from sim.study import store
from sim.study.gains import BANDS, COLUMNS, GROUPS, bands, people_table, reaching, thirds
from sim.study.persons import BEFORE, NEVER, WITHIN, before, digests, persons, window_start
from sim.study.runner import read_results
from sim.study.spillover import COMPARED, has_changed, held_shops, spill_over
from tests.worlds import LIVELY

HARSH = {
    "entry_deposit": {"amount": 200, "start_week": 5},
    "inspection": {"rate": 0.1, "power": 0.8, "fine": 300, "start_week": 3},
    "registration": {"threshold": 500, "rate": 0.05},
    "buyer_protection": True,
}
SCENARIOS = {
    "harsh": {"policies": HARSH},
    "banned": {"policies": {"like_ban": {"detection": 0.5}}},
    "dear": {"trust.gain_bad": 0.3},
    "same": {},
}


def town(name, policies=None, **given):
    """Return a scenario in a small lively town."""
    lively = {"shops": {"initial_share": 0.1, "initial_tiers": 4}, "campaigns.campaign_rate": 0.5}
    lively |= {"population.need_per_week": 0.8, "population.n_people": 300, "recruitment.look": 0.05}
    lively |= {"exit": {"weeks_before_exit": 4, "exit_chance": 0.3}}
    return compose(name, "", lively, {"policies": policies or {}, **given})


def worlds(*names, **given):
    """Return the comparison of scenarios with the baseline in that town."""
    scenarios = [town("baseline"), *(town(name, **SCENARIOS[name]) for name in names)]
    given = {"replications": 2, "weeks": 30, "workers": 1, "output": "out"} | given
    return sim.compare(scenarios, **given)


def lived(market, weeks):
    """Let a market live on; return its people over these weeks."""
    start = before(market)
    return persons(market.run(weeks), start)


def without_policies(**given):
    return Market(parameters=dataclasses.replace(LIVELY, policies=()), seed=2, **given)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nudged(value):
    """Return the next value."""
    if value.dtype.kind == "f":
        return np.nextafter(value, np.float32(np.inf))
    return ~value if value.dtype == bool else value + 1


# people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("weeks", [30, 60])
def test_what_people_gain_sums_to_what_the_run_says(weeks):
    parameters = dataclasses.replace(LIVELY, policies=town("harsh", HARSH).parameters.policies)
    market = Market(parameters=parameters, seed=3)
    market.run(window_start(weeks))
    people = lived(market, weeks - market.week)
    run, years = market.run_level(), min(52, weeks) / 52
    assert people.surplus.sum() / 1e6 / 600 / years == pytest.approx(run["consumer_surplus"], rel=1e-12)
    by_tier = sum(run[f"producer_surplus.tier_{tier}"] for tier in range(1, 9))
    assert people.shop.sum() / 100 / 600 / years == pytest.approx(by_tier, rel=1e-12)
    assert people.shop[people.tier == 0].abs().sum() == 0 < people.shop[people.tier > 0].abs().sum()
    assert people.spent.sum() / 100 * 52 / min(52, weeks) == pytest.approx(52 * run["consumers_spending"])
    assert people.trust_end.mean() == pytest.approx(market.weekly["trust.resale"].iloc[-1], rel=1e-6)


def test_tiers_and_entries_are_those_of_spells():
    market = without_policies().run(20)
    people = lived(market, 20)
    shops, seen = market.shops, {"again": 0, "gone": 0}
    for key in range(600):
        spells = [row for row in range(shops.owner.size) if shops.owner[row] == key and shops.opened_week[row] < 40]
        open_in = [row for row in spells if shops.closed_week[row] < 0 or shops.closed_week[row] >= 20]
        assert people.tier[key] == (shops.tier[open_in[-1]] if open_in else 0)
        first = shops.opened_week[spells[0]] if spells else None
        assert people.entry[key] == (NEVER if first is None else BEFORE if first <= 20 else WITHIN)
        seen["again"] += len(spells) > 1
        seen["gone"] += bool(spells) and not open_in
    assert people.tier.nunique() > 3
    assert people.entry.value_counts().min() > 3
    assert seen["gone"] > 0


def test_people_stand_by_key_whatever_their_rows():
    market = without_policies()
    one = lived(market.fork(), 10)
    row = np.random.default_rng(1).permutation(600)
    place = np.argsort(row)
    people = market.people
    for column in people:
        column[:] = column[row]
    market.shops.owner_row[:] = place[market.shops.owner_row]
    shuffled = persons(market, before(market))
    assert shuffled.wealth_fifth.tolist() == one.wealth_fifth.tolist()
    assert shuffled.entry.tolist() == np.where(one.entry == BEFORE, BEFORE, NEVER).tolist()


def test_a_digest_tells_every_change_and_nothing_else():
    market = without_policies().run(10)
    one = digests(market)
    assert np.unique(one).size == 600
    np.testing.assert_array_equal(one, digests(market.fork()))
    for number, name in enumerate(COMPARED):
        twin = market.fork()
        column = getattr(twin.people, name)
        place = (number, -1) if column.ndim == 2 else number
        if name == "slot_shop":
            column[number] = np.where(column[number] >= 0, -1, 0)
        else:
            column[place] = nudged(column[place])
        changed = np.flatnonzero(digests(twin) != one)
        assert changed.tolist() == [number], name
    twin = market.fork()
    twin.shops.cash[0] += 1  # what somebody's shop earned
    assert np.flatnonzero(digests(twin) != one).tolist() == [market.shops.owner_row[0]]
    assert np.flatnonzero(has_changed(market, twin)).tolist() == [market.shops.owner_row[0]]
    twin = market.fork(policies={"inspection": {"rate": 0.3}})
    market.run(6)
    twin.run(6)
    np.testing.assert_array_equal(digests(market) != digests(twin), has_changed(market, twin))
    assert 0 < has_changed(market, twin).sum() < 600
    assert (held_shops(market) != held_shops(twin)).any()


# the table ------------------------------------------------------------------------------------


def test_groups_hold_everybody_and_sum_to_the_whole(here):
    people = worlds("harsh", "banned", "dear").people
    assert people.columns.tolist() == list(COLUMNS)
    assert people.scenario.unique().tolist() == ["harsh", "banned", "dear"]
    assert set(people.baseline) == {"baseline"}
    assert set(people.by[people.scenario == "dear"]) == set(GROUPS) - {"reached"}
    assert (people[list(BANDS)].sum(axis=1) == people.n_people).all()
    for _, of_world in people.groupby(["scenario", "seed"]):
        assert of_world.groupby("by", sort=False).group.agg(tuple).to_dict() == {by: GROUPS[by] for by in of_world.by}
        whole = of_world[of_world.by == "all"].iloc[0]
        assert whole.n_people == 300
        for _, rows in of_world.groupby("by"):
            assert rows[["n_people", *BANDS]].sum().tolist() == whole[["n_people", *BANDS]].tolist()
            for mean in ("change", "change_consumer", "change_shop", "trust", "spending"):
                assert rows[mean].isna().tolist() == (rows.n_people == 0).tolist()
                assert (rows[mean] * rows.n_people).sum() / 300 == pytest.approx(whole[mean], rel=1e-9, abs=1e-9)
    counts = people[people.scenario == "harsh"].groupby("group").n_people.sum()
    assert min(counts[["tier_1", "tier_2", "tier_3", "newcomer", "established", "directly", "never_bought"]]) > 0


def test_changes_are_the_paired_effects_of_the_runs(here):
    results = worlds("harsh", weeks=60)
    whole = results.people[results.people.by == "all"].set_index("seed")
    runs = results.runs.set_index(["scenario", "seed"])
    for seed, row in whole.iterrows():
        one, other = runs.loc[("harsh", seed)], runs.loc[("baseline", seed)]
        of_tiers = sum(one[f"producer_surplus.tier_{t}"] - other[f"producer_surplus.tier_{t}"] for t in range(1, 9))
        assert row.change_consumer == pytest.approx(one.consumer_surplus - other.consumer_surplus, rel=1e-9)
        assert row.change_shop == pytest.approx(of_tiers, rel=1e-9)
        assert row.change == pytest.approx(row.change_consumer + row.change_shop)


def test_a_scenario_that_is_the_baseline_changes_nobody(here):
    people = worlds("same").people
    assert (people.same == people.n_people).all()
    means = people[people.n_people > 0][["change", "change_consumer", "change_shop", "trust", "spending"]]
    assert means.abs().sum().sum() == 0
    reached = people[people.by == "reached"].set_index("group").n_people
    assert reached.groupby("group").sum().to_dict() == {"directly": 0, "through_others": 0, "not_at_all": 600}


def test_bands_are_shares_of_what_the_market_gave_in_the_baseline():
    had = {"surplus": [100_000_000] * 7 + [-60_000_000, 0, 0], "shop": [0] * 7 + [4_000, 0, 0]}
    gets = [0, 99_000, -99_000, 101_000, -4_999_000, 5_001_000, -5_001_000, 99_000, 0, 1]
    baseline = pd.DataFrame(had)
    world = baseline.assign(surplus=baseline.surplus + gets)
    said = [BANDS[number] for number in bands(baseline, world)]
    assert said == [
        "same", "same", "same", "gain_little", "lose_little", "gain_much", "lose_much", "same", "same", "gain_much",
    ]  # fmt: skip
    assert BANDS[bands(baseline, baseline.assign(shop=baseline["shop"] - 501))[0]] == "lose_much"


def test_thirds_keep_those_who_are_level_together():
    assert thirds(np.array([3, 1, 2, 6, 5, 4])).tolist() == [1, 0, 0, 2, 2, 1]
    assert thirds(np.full(5, 0.5)).tolist() == [1] * 5
    assert thirds(np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.9])).tolist() == [1] * 5 + [2]
    luck = keyed_uniforms(1, Purpose.WEALTH, np.arange(900))
    assert np.bincount(thirds(luck)).tolist() == [300, 300, 300]


def test_whom_rules_reach_comes_from_the_policies_that_differ_and_act():
    usual = {"like_ban": {}, "mall_entry": {"start_week": 40}}
    plain = town("plain", usual)
    assert reaching(plain, town("same", usual), 0, 30) == 0
    assert reaching(plain, town("dear", usual, **{"trust.gain_bad": 0.3}), 0, 30) is None
    assert reaching(plain, town("late", usual | {"inspection": {"start_week": 30}}), 0, 30) == 0
    assert reaching(plain, town("begun", usual | {"inspection": {"start_week": 29}}), 0, 30) > 0
    past = usual | {"inspection": {"end_week": 10}}
    assert reaching(plain, town("past", past), 0, 30) > 0
    assert reaching(plain, town("past", past), 10, 30) == 0
    assert reaching(plain, town("less", {}), 0, 30) == reaching(town("less", {}), plain, 0, 30) > 0


def test_whom_it_reaches_agrees_with_the_spill_over_of_the_same_twins():
    policies = {"inspection": {"rate": 0.1}}
    baseline, harsh = town("baseline"), town("inspected", policies)
    trunk = Market(parameters=baseline.parameters, seed=4).run(10)
    pair = trunk.fork(), trunk.fork(policies=policies)
    people = [lived(market, 6) for market in pair]
    table = people_table([baseline, harsh], [4], lambda seed: people, 16, 10)
    assert window_start(16, 10) == 10
    found = table[table.by == "reached"].set_index("group")
    expected = spill_over(*pair).set_index("reached").rename(index=lambda name: name.replace(" ", "_"))
    assert found.n_people.to_dict() == expected.n_people.to_dict()
    assert min(expected.n_people) > 10
    # spill_over counts from week 0, where the twins were the same; its years are those of all weeks
    for name, other in (("change_consumer", "consumer_surplus"), ("spending", "spending")):
        np.testing.assert_allclose(found[name] * 6, expected[other] * 16, atol=1e-6)
    np.testing.assert_allclose(found.trust, expected["trust.resale"], atol=1e-8)


# files ----------------------------------------------------------------------------------------


def test_people_are_kept_with_the_results_and_sealed_by_their_hash(here):
    results = worlds("harsh")
    again = read_results(here / "out")
    pd.testing.assert_frame_equal(again.people, results.people)
    assert results.manifest["result_hash"] == store.result_hash(results.tables)
    assert set(results.tables) == {"weekly", "runs", "effects", "people"}
    spoiled = results.people.assign(n_people=0)
    (here / "out" / "people.parquet").write_bytes(store.parquet_bytes(spoiled))
    with pytest.raises(store.StoreError, match="not those of manifest"):
        read_results(here / "out")


def test_folders_of_old_have_no_people_and_are_read(here):
    results = worlds("harsh")
    tables = {name: table for name, table in results.tables.items() if name != "people"}
    (here / "out" / "people.parquet").unlink()
    manifest = dict(results.manifest, result_hash=store.result_hash(tables))
    store.write_json(here / "out" / "manifest.json", manifest)
    assert set(read_results(here / "out").tables) == {"weekly", "runs", "effects"}


def test_a_part_keeps_its_people_apart(tmp_path):
    people, path = (
        pd.DataFrame({"surplus": [1, -2], "digest": np.array([2**64 - 1, 0], np.uint64)}),
        tmp_path / "a.part",
    )
    store.write_part(path, store.Part(1, pd.DataFrame({"week": [0]}), {"x": 0.5}, [], 2, people))
    assert store.read_part(path).people is None
    pd.testing.assert_frame_equal(store.read_people(path), people)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20] + b"\0" + whole[-19:])
    assert not store.is_intact(path)
    with pytest.raises(store.StoreError, match="damaged"):
        store.read_people(path)


@pytest.mark.parametrize("fork_week", [None, 12])
def test_stopped_work_goes_on_to_the_same_bytes(here, monkeypatch, fork_week):
    given = {"fork_week": fork_week} if fork_week else {}
    whole = worlds("harsh", output="whole", replications=3, **given)
    write = store.write_bytes

    def stop(path, content):
        if path.name == "seed-2-1.part":
            raise KeyboardInterrupt
        write(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(store, "write_bytes", stop)
        with pytest.raises(KeyboardInterrupt):
            worlds("harsh", replications=3, **given)
    assert not (here / "out" / "people.parquet").exists()
    results = worlds("harsh", replications=3, workers=2, **given)
    assert (here / "out/people.parquet").read_bytes() == (here / "whole/people.parquet").read_bytes()
    assert results.manifest["result_hash"] == whole.manifest["result_hash"]


def test_a_run_and_a_sweep_keep_no_people(here):
    assert main(["run", "--quiet", "population.n_people=200", "weeks=3", "replications=1", "output=run"]) == 0
    assert not (here / "run" / "people.parquet").exists()
    assert set(read_results(here / "run").tables) == {"weekly", "runs"}
