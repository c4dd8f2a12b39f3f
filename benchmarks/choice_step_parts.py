"""What `choice_step.py` says of memory and of stages: the lines moved, and the engine's step with a clock in it."""

import ctypes
import re
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.choice_step_numpy import needing
from sim.mechanisms import demand
from sim.orders import Orders
from sim.week import Week

SOURCE = Path(__file__).with_name("choice_step.c")
STAGES = ("find needs", "shops", "listings", "value", "choose", "surpluses", "add up", "orders")
N_ORDER_COLUMNS = 11  # the choice fills these; the rest belongs to what happens next


def declarations(struct: str) -> list[tuple[str, str, str]]:
    """Return (type, star or nothing, name) of each field of a struct of the C file."""
    body = re.search(rf"typedef struct \{{([^}}]*)\}} {struct};", SOURCE.read_text())[1]
    return re.findall(r"(\w+) (\*?)(\w+);", body)


def timed(work: Callable[..., Any], *given: Any) -> float:
    """Return the processor seconds of this thread that `work` takes: what others do on the machine is not counted."""
    start = thread_time()
    work(*given)
    return thread_time() - start


def lines_of(column: NDArray[Any], rows: Any) -> NDArray[np.int64]:
    """Return the numbers of the cache lines in which `rows` of an array lie, each once."""
    row_bytes = column.strides[0]
    start = column.ctypes.data + np.asarray(rows, np.int64) * row_bytes
    reach = np.minimum(np.arange(0, row_bytes + 63, 64), row_bytes - 1)
    return np.unique((start[:, None] + reach) >> 6)


def memory_alone(lib: ctypes.CDLL, week: Week, orders: Orders, n_orders: int) -> dict[str, float]:
    """Return bytes moved by the step and what moving them takes, ns, as the module's text says."""
    people, shops, listings, _ = week.state
    rows = needing(week)
    used = {n: [name for _, star, name in declarations(n) if star] for n in ("People", "Shops", "Listings")}
    everyone, written = np.arange(people.key.size), ("surplus", "informed_surplus")
    held = people.slot_shop[rows]
    read = [lines_of(column, everyone) for column in (people.key, people.need_per_week)]
    read += [lines_of(getattr(people, name), rows) for name in used["People"] if name not in ("key", "need_per_week")]
    read += [lines_of(week.scratch.share_seen, rows)]
    read += [lines_of(getattr(shops, name), np.unique(held[held >= 0])) for name in used["Shops"]]
    read += [lines_of(getattr(listings, name), np.arange(listings.brand.size)) for name in used["Listings"]]
    write = [lines_of(column, np.arange(n_orders)) for column in orders[:N_ORDER_COLUMNS]]
    twice = sum(lines.size for lines in write) + sum(lines_of(getattr(people, name), rows).size for name in written)
    lines = np.concatenate(read + write)
    large = np.ones(32 * 2**20)  # 256 MiB
    other = large.copy()
    at_random = (large.ctypes.data >> 6) + np.random.default_rng(1).permutation(large.nbytes >> 6)[: 2**20]

    def seconds(work: Callable[[], Any]) -> float:
        return min(timed(work) for _ in range(5))

    def touch(numbers: NDArray[np.int64]) -> float:
        given = ctypes.c_void_p(0), ctypes.c_void_p(numbers.ctypes.data), ctypes.c_int64(numbers.size)
        return seconds(lambda: lib.touch(*given))

    copy = 2 * large.nbytes / seconds(lambda: np.copyto(other, large))
    random = touch(at_random) / at_random.size
    moved = 64 * (lines.size + twice)
    return {
        "lines": lines.size, "bytes": moved, "floor": touch(lines), "at bandwidth": moved / copy,
        "at random": lines.size * random, "copy": copy / 1e9, "random": random * 1e9,
    }  # fmt: skip


def engine_stages(lib: ctypes.CDLL) -> Callable[..., int]:
    """Return the body of `demand.consume` with the C file's clock read between its stages."""
    now_ns = lib.now_ns
    now_ns.argtypes = []
    d, block = demand, demand.BLOCK

    find_needs, consider_shops, find_listings, value_listings = (
        d.find_needs,
        d.consider_shops,
        d.find_listings,
        d.value_listings,
    )
    choose, surpluses, place_orders, room_for_offers = d.choose, d.surpluses, d.place_orders, d.room_for_offers

    @numba.njit(nogil=True, error_model="numpy")
    def consume(  # type: ignore[no-untyped-def]
        spent, first, last, seed, week, growth, people, shops, listings, brands, decay, share_seen, taste, terms,
        orders, needs, surplus_by_fifth, surplus_of_naive, informed_surplus,
    ):  # fmt: skip
        lap = np.empty(9, np.int64)
        lap[0] = now_ns()
        needing = np.empty(last - first, np.int32)
        n_needs = find_needs(first, last, seed, week, growth, people, needing)
        offers = room_for_offers(block, taste)
        chosen, surplus, informed = np.empty(block, np.int32), np.empty(block, np.int64), np.empty(block, np.int64)
        n_orders = first
        lap[1] = now_ns()
        spent[0] += lap[1] - lap[0]
        for start in range(0, n_needs, block):
            rows = needing[start : min(start + block, n_needs)]
            lap[1] = now_ns()
            consider_shops(seed, week, rows, people, shops, brands, decay, share_seen, taste, terms, offers)
            lap[2] = now_ns()
            find_listings(seed, week, rows, people, brands, listings.is_open, taste, terms.mall_entry, offers)
            lap[3] = now_ns()
            value_listings(week, rows, people, listings, brands, decay, taste, terms, offers)
            lap[4] = now_ns()
            choose(seed, week, rows, people, shops, listings, taste.dissimilarity, offers, chosen)
            lap[5] = now_ns()
            surpluses(rows, people, taste.dissimilarity, offers, surplus, informed)
            lap[6] = now_ns()
            for k in range(rows.size):
                person = rows[k]
                people.surplus[person] += surplus[k]
                people.informed_surplus[person] += informed[k]
                surplus_by_fifth[people.wealth_fifth[person]] += surplus[k]
                informed_surplus[0] += informed[k]
                if people.is_naive[person]:
                    surplus_of_naive[0] += surplus[k]
            lap[7] = now_ns()
            n_orders = place_orders(
                rows, people, shops, listings, brands, taste.quality_fake, offers, chosen, orders, n_orders
            )
            lap[8] = now_ns()
            for stage in range(1, 8):
                spent[stage] += lap[stage + 1] - lap[stage]
        needs[0] += n_needs
        return n_orders - first

    return consume
