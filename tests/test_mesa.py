"""The market as an ordinary Mesa model."""

import pytest
from mesa import DataCollector

from sim.fields import ParameterError
from sim.model import Brand, Market


def mean_trust(model):
    return float(model.people.trust[:, 0].mean())


def list_price(agent):
    return int(agent.list_price)


def test_datacollector_collects_from_market_and_brand_views():
    market = Market(scenario="classroom", seed=1)
    collector = DataCollector(model_reporters={"trust": mean_trust}, agent_reporters={"list_price": list_price})
    for _ in range(3):
        market.step()
        collector.collect(market)
    assert collector.get_model_vars_dataframe().shape == (3, 1)
    prices = collector.get_agent_vars_dataframe()
    assert len(prices) == 3 * market.parameters.brands.n_brands
    assert set(prices.list_price) == set(market.brands.list_price)


def test_time_is_mesa_time_also_in_forks():
    market = Market(scenario="classroom", seed=1)
    market.run_for(4)
    twin = market.fork()
    twin.step()
    assert (market.week, market.time, twin.week, twin.time) == (4, 4, 5, 5)


def test_the_seed_may_come_as_text_from_an_input_field():
    market = Market(scenario="classroom", seed="7")
    assert market.seed == 7


@pytest.mark.parametrize("seed", [-1, 2**32, 10**30, "x", 1.7, None, True])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ParameterError, match="seed="):
        Market(scenario="classroom", seed=seed)


def test_brands_are_agents():
    market = Market(scenario="classroom", seed=1)
    brands = market.agents.select(agent_type=Brand)
    assert [brand.number for brand in brands] == list(range(8))
    with pytest.raises(AttributeError):
        _ = next(iter(brands)).no_such_column


def test_solara_viz_renders_the_market():
    solara = pytest.importorskip("solara")
    from mesa.visualization import SolaraViz, make_plot_component

    market = Market(scenario="classroom", seed=1)
    market.datacollector = DataCollector(model_reporters={"trust": mean_trust})
    page = SolaraViz(market, components=[make_plot_component("trust")], model_params={"seed": 1}, name="weishang")
    box, context = solara.render(page, handle_error=False)
    assert box.children
    context.close()
