"""Friend graphs: degrees, clustering and shape of generated ones; every kind of edge list."""

import gzip
import math
import os
import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import sparse, special

import sim
from sim import edge_list, friendships, network
from sim.edge_list import read_edge_list
from sim.fields import ParameterError
from sim.friendships import generate
from sim.network import NetworkError, memory_needed
from sim.randomness import Purpose, keyed_uniforms

FACEBOOK = Path(__file__).parents[2] / "shared/data/facebook_combined.txt.gz"
LOG_MEAN, LOG_SD = 4.728, 0.978


def matrix(graph):
    ones = np.ones(graph.neighbours.size, np.int32)
    return sparse.csr_array((ones, graph.neighbours, graph.offsets), shape=(graph.n_people,) * 2)


def assert_well_formed(graph):
    """CSR of the documented types; rows ascending, so without doubles; no self-loops; symmetric."""
    offsets, neighbours = graph.offsets, graph.neighbours
    assert (offsets.dtype, neighbours.dtype) == (np.int64, np.int32)
    assert offsets[0] == 0 and offsets[-1] == neighbours.size and (np.diff(offsets) >= 0).all()
    row = np.repeat(np.arange(graph.n_people), graph.degrees)
    assert ((neighbours >= 0) & (neighbours < graph.n_people) & (neighbours != row)).all()
    assert (np.diff(row * graph.n_people + neighbours) > 0).all()
    assert (matrix(graph) != matrix(graph).T).nnz == 0


def same(one, other):
    return np.array_equal(one.offsets, other.offsets) and np.array_equal(one.neighbours, other.neighbours)


def intended_degrees(n_people, seed, friends_scale):
    """The documented rule, one person at a time."""
    people = np.arange(n_people)
    luck = zip(*(keyed_uniforms(seed, Purpose.DEGREE, people, item=item) for item in (0, 1)), strict=True)
    exact = ((math.exp(LOG_MEAN + LOG_SD * special.ndtri(u)) * friends_scale, v) for u, v in luck)
    return np.array([min(max(math.floor(x) + (v < x - math.floor(x)), 1), n_people - 1) for x, v in exact])


def transitivity(graph):
    """Closed share of the pairs of friends of a person, over every so many people."""
    step = 1 + graph.neighbours.size // 500_000
    friends, rows, degrees = matrix(graph), matrix(graph)[::step], graph.degrees[::step]
    return (rows @ friends).multiply(rows).sum() / (degrees * (degrees - 1)).sum()


# Generated networks

TOWNS = [(2_000, 0.2), (5_000, 1.0), (20_000, 0.1), (20_000, 1.0)]


@pytest.fixture(scope="module", params=TOWNS, ids=str)
def town(request):
    n_people, friends_scale = request.param
    return generate(n_people, seed=1, friends_scale=friends_scale), friends_scale


def test_generated_network_is_well_formed(town):
    graph, _ = town
    assert_well_formed(graph)
    assert graph.n_friendships * 2 == graph.neighbours.size == graph.degrees.sum()
    assert graph.mean_degree == graph.degrees.mean()
    assert (graph.labels, graph.n_self_loops_dropped, graph.n_doubles_dropped) == (None, 0, 0)


def test_degrees_are_the_intended_ones(town):
    graph, friends_scale = town
    short = intended_degrees(graph.n_people, 1, friends_scale) - graph.degrees
    assert (short >= 0).all()
    assert short.sum() <= max(1, 0.001 * graph.neighbours.size)


def test_degrees_are_lognormal(town):
    graph, friends_scale = town
    shares = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    expected = np.exp(LOG_MEAN + LOG_SD * special.ndtri(shares)) * friends_scale
    error = (
        4
        * LOG_SD
        * expected
        * np.sqrt(shares * (1 - shares) / graph.n_people)
        / np.exp(-(special.ndtri(shares) ** 2) / 2)
    )
    assert (abs(np.quantile(graph.degrees, shares) - expected) < math.sqrt(2 * math.pi) * error + 1).all()
    assert np.log(graph.degrees).std() == pytest.approx(LOG_SD, abs=0.03)
    assert graph.mean_degree == pytest.approx(friends_scale * math.exp(LOG_MEAN + LOG_SD**2 / 2), rel=0.03)


def test_friends_of_a_person_are_friends(town):
    graph, _ = town
    assert graph.clustering() >= 0.15
    assert transitivity(graph) >= 0.1


def test_everybody_is_within_reach(town):
    graph, _ = town
    _, component = sparse.csgraph.connected_components(matrix(graph), directed=False)
    assert np.bincount(component).max() > 0.99 * graph.n_people
    steps = sparse.csgraph.dijkstra(matrix(graph), unweighted=True, indices=np.arange(0, graph.n_people, 997))
    assert steps[np.isfinite(steps)].mean() < 5


def test_rows_near_each_other_are_acquainted(town):
    graph, _ = town
    row = np.repeat(np.arange(graph.n_people), graph.degrees)
    apart = abs(row - graph.neighbours)
    near = np.minimum(apart, graph.n_people - apart) < friendships.BREADTH * graph.degrees[row]
    at_random = 2 * friendships.BREADTH * graph.degrees[row] / graph.n_people
    assert near.mean() > min(0.8, at_random.mean() + 0.1)
    over_the_seam = graph.neighbours[row < 8] > graph.n_people // 2
    assert 0.25 < over_the_seam.mean() < 0.6


@pytest.mark.parametrize("n_people", [200, 350, 1_000, 2_000])
def test_small_towns_by_default_know_a_tenth_of_each_other(n_people):
    graphs = [generate(n_people, seed=seed) for seed in range(8)]
    intended = sum(intended_degrees(n_people, seed, 0.1 * n_people / 182).sum() for seed in range(8))
    if n_people < 1_820:
        assert sum(graph.neighbours.size for graph in graphs) == pytest.approx(intended, rel=0.015)
    assert np.mean([graph.mean_degree for graph in graphs]) == pytest.approx(0.1 * min(n_people, 1_820), rel=0.06)
    assert min(graph.clustering(sample=None) for graph in graphs) > 0.1
    assert min(graph.degrees.min() for graph in graphs) >= 1


@pytest.mark.parametrize("n_people", [*range(2, 12), 23, 50])
@pytest.mark.parametrize("friends_scale", [0.001, 0.05, 1.0, 50.0])
def test_a_handful_of_people_do_not_break_it(n_people, friends_scale):
    graph = generate(n_people, seed=3, friends_scale=friends_scale)
    assert_well_formed(graph)
    assert graph.n_people == n_people
    if n_people == 2:
        assert graph.n_friendships == 1


@settings(max_examples=60, deadline=None)
@given(
    n_people=some.integers(2, 400),
    seed=some.integers(0, 2**32 - 1),
    friends_scale=some.floats(0.001, 5),
    share_local=some.sampled_from([0.0, 0.5, 0.95, 1.0]),
    breadth=some.floats(0.1, 50),
)
def test_any_network_is_well_formed_and_the_same_again(n_people, **arguments):
    graph = generate(n_people, **arguments)
    assert_well_formed(graph)
    assert (graph.degrees <= intended_degrees(n_people, arguments["seed"], arguments["friends_scale"])).all()
    np.random.seed(n_people)  # the global state has no say
    assert same(graph, generate(n_people, **arguments))


def test_seeds_and_arguments_make_a_difference():
    base = {"seed": 1, "log_mean": 4.0, "log_sd": 0.9, "friends_scale": 0.5, "share_local": 0.9, "breadth": 4.0}
    graph = generate(500, **base)
    for name, value in {
        "seed": 2,
        "log_mean": 4.1,
        "log_sd": 1.0,
        "friends_scale": 0.6,
        "share_local": 0.8,
        "breadth": 5.0,
    }.items():
        assert not same(graph, generate(500, **base | {name: value})), name


def test_seeds_pair_the_same_degrees_differently():
    one, other = (generate(500, seed=seed, log_mean=math.log(20), log_sd=0, friends_scale=1.0) for seed in (1, 2))
    assert np.array_equal(one.degrees, other.degrees)
    assert not same(one, other)


def test_shares_thrown_far_and_wide_unravel_communities():
    near, far = (generate(20_000, seed=1, friends_scale=0.2, share_local=share) for share in (0.95, 0.0))
    assert near.clustering() > 4 * far.clustering()


BAD_ARGUMENTS = [
    ({"n_people": 1}, "n_people=1: allowed is 2 to 2147483647"),
    ({"n_people": -5}, "n_people=-5: allowed is 2 to 2147483647"),
    ({"n_people": 2**31}, "n_people=2147483648: allowed is 2 to 2147483647"),
    ({"seed": -1}, "seed=-1: allowed is 0 to 4294967295"),
    ({"seed": 2**32}, "seed=4294967296: allowed is 0 to 4294967295"),
    ({"log_mean": math.nan}, "log_mean=nan: allowed is a finite number"),
    ({"log_sd": -0.1}, "log_sd=-0.1: allowed is 0 or more"),
    ({"friends_scale": 0.0}, "friends_scale=0.0: allowed is more than 0"),
    ({"share_local": 1.1}, "share_local=1.1: allowed is 0 to 1"),
    ({"breadth": 0}, "breadth=0: allowed is more than 0"),
]


@pytest.mark.parametrize(("departure", "message"), BAD_ARGUMENTS, ids=str)
def test_arguments_out_of_range_are_refused_in_one_line(departure, message):
    with pytest.raises(NetworkError) as refused:
        generate(**{"n_people": 300, "seed": 1} | departure)
    assert str(refused.value) == message


# A network as an object


def test_friends_is_a_read_only_view():
    graph = generate(300, seed=1)
    friends = graph.friends(7)
    assert np.shares_memory(friends, graph.neighbours)
    assert friends.tolist() == sorted(matrix(graph).toarray()[7].nonzero()[0].tolist())
    with pytest.raises(ValueError, match="read-only"):
        friends[0] = 1
    for person in (-1, 300):
        with pytest.raises(IndexError, match=f"person {person} is not one of 0 to 299"):
            graph.friends(person)


def test_clustering_is_that_of_networkx():
    graph = generate(400, seed=2, friends_scale=0.02)
    assert (graph.degrees < 2).any()
    expected = networkx.average_clustering(networkx.from_scipy_sparse_array(matrix(graph)))
    assert graph.clustering(sample=None) == pytest.approx(expected, rel=1e-12)
    assert graph.clustering(sample=150, seed=1) == graph.clustering(sample=150, seed=1) != graph.clustering(sample=150)
    assert graph.clustering(sample=150) == pytest.approx(expected, rel=0.3)


# Memory


@pytest.mark.parametrize("available", [0, 2**20, 2**30, 10 * 2**30])
def test_what_does_not_fit_is_refused_before_it_is_allocated(monkeypatch, available):
    monkeypatch.setattr(network, "available_memory", lambda: available)
    monkeypatch.setattr(friendships, "_intended_degrees", lambda *_: pytest.fail("allocated"))
    with pytest.raises(NetworkError) as refused:
        generate(10_000_000, seed=1)
    assert str(refused.value) == (
        "n_people=10000000 with 182 friends each: building the network takes 14 GiB of memory "
        f"and {available / 2**30:.3g} GiB are available"
    )


def test_an_edge_list_that_does_not_fit_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "friends.txt"
    path.write_text("1 2\n2 3\n")
    monkeypatch.setattr(network, "available_memory", lambda: 10)
    with pytest.raises(NetworkError, match=r"friends\.txt: building the network takes .* GiB are available"):
        read_edge_list(path)
    monkeypatch.setattr(edge_list, "_CHECK_EVERY", 2)
    with pytest.raises(NetworkError, match=r"friends\.txt to line 2: building"):
        read_edge_list(path)


def test_unknown_memory_is_no_obstacle(monkeypatch):
    monkeypatch.setattr(network, "available_memory", lambda: None)
    assert generate(300, seed=1).n_people == 300


def test_available_memory_is_below_the_physical_one():
    available, physical = network.available_memory(), os.sysconf("SC_PHYS_PAGES") * resource.getpagesize()
    assert available is not None and 2**20 < available <= physical


# Edge lists: content, labels by key, friendships as pairs of keys, self-loops, doubles

TRIANGLE = [(0, 1), (0, 2), (1, 2)]
LISTS = {
    "spaces": ("1 2\n1 3\n2 3\n", [1, 2, 3], TRIANGLE, 0, 0),
    "tabs": ("1\t2\n1\t3\n2\t3\n", [1, 2, 3], TRIANGLE, 0, 0),
    "commas": ("1,2\n1, 3\n2 ,3\n", [1, 2, 3], TRIANGLE, 0, 0),
    "semicolons": ("1;2;0,5\n1;3;0,1\n2;3;1\n", [1, 2, 3], TRIANGLE, 0, 0),
    "mixed white space": ("1 2\n  1\t3  \n2 \t 3\n", [1, 2, 3], TRIANGLE, 0, 0),
    "tabs after spaces": ("1 2\t5 1400000000\n1 3\t5 1400000000\n2 3\t5 1\n", [1, 2, 3], TRIANGLE, 0, 0),
    "no last newline": ("1 2\n1 3\n2 3", [1, 2, 3], TRIANGLE, 0, 0),
    "CRLF": ("1 2\r\n1 3\r\n\r\n2 3\r\n", [1, 2, 3], TRIANGLE, 0, 0),
    "CR": ("1 2\r1 3\r2 3\r", [1, 2, 3], TRIANGLE, 0, 0),
    "byte order mark": ("\ufeff1 2\n1 3\n2 3\n", [1, 2, 3], TRIANGLE, 0, 0),
    "comments and blanks": ("# a b c\n\n% x\n1 2\n  # \n% 2 x\n1 3\n \t \n2 3\n", [1, 2, 3], TRIANGLE, 0, 0),
    "comment in Latin-1": (b"# caf\xe9\n1 2\n", [1, 2], [(0, 1)], 0, 0),
    "weights": ("1 2 .5\n1 3 nan x y\n2 3\n", [1, 2, 3], TRIANGLE, 0, 0),
    "self-loops and doubles": ("1 2\n2 1\n1 1\n1 3\n2 3\n1 2\n4 4\n", [1, 2, 3, 4], TRIANGLE, 2, 2),
    "order by value": ("10 9\n9 -3\n-3 10\n", [-3, 9, 10], TRIANGLE, 0, 0),
    "signs and zeros": ("007 +8\n7 -0\n0 8\n", [0, 7, 8], TRIANGLE, 0, 0),
    "beyond int64": (f"{10**30} 5\n5 {2**63}\n{2**63} {10**30}\n", [5, 2**63, 10**30], TRIANGLE, 0, 0),
    "just in int64": (f"{2**63 - 1} 5\n", [5, 2**63 - 1], [(0, 1)], 0, 0),
    "text": ("bob amy\nbob cho\namy cho\n", ["amy", "bob", "cho"], TRIANGLE, 0, 0),
    "Chinese": ("王 李\n李 张\n张 王\n", ["张", "李", "王"], TRIANGLE, 0, 0),
    "some integers": ("10 9\n9 x\nx 10\n", ["10", "9", "x"], TRIANGLE, 0, 0),
    "not integers": ("1.0 1_0\n1_0 ٣\n٣ 1.0\n", ["1.0", "1_0", "٣"], TRIANGLE, 0, 0),
    "digits of another script": ("1 2\n٣ 1\n", ["1", "2", "٣"], [(0, 1), (0, 2)], 0, 0),
    "late text": ("1 2\n1 3\n3 nan\n", ["1", "2", "3", "nan"], [(0, 1), (0, 2), (2, 3)], 0, 0),
    "quoted": ('"Li, Wei",Bo\n"Li, Wei","Ma ""X"""\nBo,"Ma ""X"""\n', ["Bo", "Li, Wei", 'Ma "X"'], TRIANGLE, 0, 0),
    "quoted spaces": ('"Li Wei"  Bo\nBo\t"Ma"\n', ["Bo", "Li Wei", "Ma"], [(0, 1), (0, 2)], 0, 0),
    "names with spaces": ("Li Wei\tBo\nLi Wei\tMa\nBo\tMa\n", ["Bo", "Li Wei", "Ma"], TRIANGLE, 0, 0),
    "header": ("source,target,weight\n1,2,1\n1,3,1\n2,3,1\n", [1, 2, 3], TRIANGLE, 0, 0),
    "any header of integers": ("user number one,friend\n1,2\n1,-3\n", [-3, 1, 2], [(0, 1), (1, 2)], 0, 0),
    "header of names": ("From;To\nbob;amy\nbob;cho\n", ["amy", "bob", "cho"], [(0, 1), (1, 2)], 0, 0),
    "no header": ("ann,bob\nbob,cho\n", ["ann", "bob", "cho"], [(0, 1), (1, 2)], 0, 0),
    "half a header": ("1,x\n1,2\n", ["1", "2", "x"], [(0, 1), (0, 2)], 0, 0),
    "a single text line": ("ann bob", ["ann", "bob"], [(0, 1)], 0, 0),
    "gzip": (gzip.compress(b"1 2\n1 3\n2 3\n"), [1, 2, 3], TRIANGLE, 0, 0),
    "two gzip members": (gzip.compress(b"1 2\n1 3\n") + gzip.compress(b"2 3\n"), [1, 2, 3], TRIANGLE, 0, 0),
}


def written(folder, content, name="friends.data"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def pairs_of(graph):
    row = np.repeat(np.arange(graph.n_people), graph.degrees)
    return [(a, b) for a, b in zip(row.tolist(), graph.neighbours.tolist(), strict=True) if a < b]


@pytest.mark.parametrize(("content", "labels", "pairs", "n_self_loops", "n_doubles"), LISTS.values(), ids=LISTS)
def test_edge_list_is_read(tmp_path, content, labels, pairs, n_self_loops, n_doubles):
    graph = read_edge_list(str(written(tmp_path, content)))
    assert_well_formed(graph)
    assert (graph.labels, pairs_of(graph)) == (labels, pairs)
    assert list(map(type, graph.labels)) == list(map(type, labels))
    assert (graph.n_self_loops_dropped, graph.n_doubles_dropped) == (n_self_loops, n_doubles)


UNREADABLE = {
    "empty": (b"", ": no friendship between two people in 0 lines of data"),
    "comments only": (b"# 1 2\n\n", ": no friendship between two people in 0 lines of data"),
    "header only": (b"source,target\n", ": no friendship between two people in 0 lines of data"),
    "self-loops only": (b"1 1\n2 2\n", ": no friendship between two people in 2 lines of data"),
    "one field": (b"# x\n1 2\n\n3\n4 5\n", ", line 4: expected two ids, found '3'"),
    "one field at first": (b"hello\n", ", line 1: expected two ids, found 'hello'"),
    "another separator": (b"1,2\n3 4\n", ", line 2: expected two ids, found '3 4'"),
    "no second id": (b"1,2\n3, ,4\n", ", line 2: expected two ids, found '3, ,4'"),
    "no first id": (b"1,2\n,4\n", ", line 2: expected two ids, found ',4'"),
    "open quote": (b'a,b\n"a,c\n', """, line 2: expected two ids, found '"a,c'"""),
    "long line": (b"x" * 500, f", line 1: expected two ids, found '{'x' * 60}'"),
    "Latin-1": (b"ann bob\ncaf\xe9 ann\n", r", line 2: expected UTF-8 text, found 'caf\udce9 ann'"),
    "UTF-16": ("1 2\n".encode("utf-16"), r", line 1: expected UTF-8 text, found '\udcff\udcfe1\x00 \x002\x00'"),
    "zeros": (b"1 2\n\0\0\0\0\n", r", line 2: expected UTF-8 text, found '\x00\x00\x00\x00'"),
    "zip": (b"PK\3\4\x14\0\0\0\x08\0\xf4", r", line 1: expected UTF-8 text, found"),
    "cut gzip": (gzip.compress(b"1 2\n" * 9)[:-9], ", after line 1: damaged gzip file (Compressed file ended"),
    "gzip of rubbish": (b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff", ", after line 0: damaged gzip file (Error -3"),
    "gzip header only": (b"\x1f\x8b", ", after line 0: damaged gzip file (Compressed file ended"),
    "gzip with a tail": (gzip.compress(b"1 2\n") + b"tail", ", after line 1: damaged gzip file (Not a gzipped file"),
    "gzip with a bad line": (gzip.compress(b"1 2\n3\n"), ", line 2: expected two ids, found '3'"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_edge_list_is_refused_in_one_line(tmp_path, content, message):
    path = written(tmp_path, content)
    with pytest.raises(NetworkError) as refused:
        read_edge_list(path)
    assert str(refused.value).startswith(f"{path}{message}")
    assert len(str(refused.value).splitlines()) == 1


def test_a_device_is_refused_and_not_read():
    with pytest.raises(NetworkError, match="not a file"):
        read_edge_list("/dev/zero")


def test_missing_file_and_folder_are_refused(tmp_path, monkeypatch):
    for path, message in ((tmp_path / "none.csv", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(NetworkError) as refused:
            read_edge_list(path)
        assert str(refused.value) == f"{path}: {message}"
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(NetworkError, match=r"friends\.csv: Permission denied"):
        read_edge_list("friends.csv")


IDS = some.one_of(some.integers(-50, 50).map(str), some.sampled_from(["ann", "王", "Li Wei", "a,b", "7", "nan", 'q"q']))


@settings(max_examples=80, deadline=None)
@given(lines=some.lists(some.tuples(IDS, IDS), min_size=1, max_size=40), luck=some.randoms(use_true_random=False))
def test_order_of_lines_and_ends_and_the_separator_do_not_matter(tmp_path_factory, lines, luck):
    def quoted(name):
        return '"' + name.replace('"', '""') + '"'

    folder = tmp_path_factory.mktemp("lists")
    no_header = [("1001", "1002")] if "".join(map("".join, lines)).isdecimal() else [("ann", "bo"), ("cho", "di")]
    lines = no_header + lines
    shuffled = [luck.choice([(a, b), (b, a)]) for a, b in luck.sample(lines, len(lines))]
    first, second = (
        read_edge_list(written(folder, "\n".join(quoted(a) + separator + quoted(b) for a, b in rows), name))
        for rows, separator, name in ((lines, ",", "one"), (shuffled, luck.choice("\t; "), "other"))
    )
    assert same(first, second) and first.labels == second.labels
    assert first.n_self_loops_dropped == second.n_self_loops_dropped == sum(a == b for a, b in lines)
    assert first.n_friendships == len({frozenset(pair) for pair in lines if pair[0] != pair[1]})
    assert (
        first.n_doubles_dropped
        == second.n_doubles_dropped
        == len(lines) - first.n_friendships - first.n_self_loops_dropped
    )


def test_a_generated_network_survives_a_file(tmp_path):
    graph = generate(500, seed=4)
    lines = [f"{b} {a}" for a, b in reversed(pairs_of(graph))]
    again = read_edge_list(written(tmp_path, "\n".join(lines)))
    assert same(graph, again) and again.labels == list(range(500))


@pytest.mark.skipif(not FACEBOOK.exists(), reason="the Facebook network is not at hand")
def test_facebook_network():
    graph = read_edge_list(FACEBOOK)
    assert_well_formed(graph)
    assert (graph.n_people, graph.n_friendships) == (4_039, 88_234)
    assert (graph.n_self_loops_dropped, graph.n_doubles_dropped) == (0, 0)
    assert graph.clustering(sample=None) == pytest.approx(0.6055, abs=5e-5)
    assert graph.clustering() == pytest.approx(0.6055, abs=0.02)


# Large


@pytest.mark.slow
def test_a_million_people():
    """91 million friendships: as intended, clustered, in the memory announced, at most 3 GiB."""
    code = (
        "import resource, time; from sim.friendships import generate; generate(300, seed=1)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "before, start = peak(), time.process_time(); graph = generate(1_000_000, seed=1)\n"
        "seconds = time.process_time() - start\n"
        "print(peak() - before, seconds, graph.mean_degree, graph.clustering(), graph.degrees.min())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n_bytes, seconds, mean_degree, clustering, least = map(float, done.stdout.split())
    assert mean_degree == pytest.approx(math.exp(LOG_MEAN + LOG_SD**2 / 2), rel=0.005)
    assert clustering > 0.15 and least >= 1
    assert (
        0.8 * memory_needed(1_000_000, mean_degree) < n_bytes < 1.05 * memory_needed(1_000_000, mean_degree) < 3 * 2**30
    )
    assert seconds < 60


@pytest.mark.slow
def test_a_million_lines(tmp_path):
    people = np.random.default_rng(1).integers(0, 100_000, (1_000_000, 2))
    path = tmp_path / "friends.txt"
    np.savetxt(path, people, fmt="%d")
    graph = read_edge_list(path)
    keys = np.searchsorted(graph.labels, np.sort(people[people[:, 0] != people[:, 1]], axis=1))
    assert graph.n_friendships == np.unique(keys, axis=0).shape[0]
    assert [graph.labels[key] for key in (0, -1)] == [people.min(), people.max()]
    row = np.repeat(np.arange(graph.n_people), graph.degrees)
    assert set(zip(*keys[:1_000].T.tolist(), strict=True)) <= set(
        zip(row.tolist(), graph.neighbours.tolist(), strict=True)
    )


@pytest.mark.parametrize("content", [b"\0", b"a", b" ", b"#" + b" " * 9])
def test_a_line_that_never_ends_does_not_eat_the_memory(tmp_path, content):
    path = tmp_path / "bomb.gz"
    block = gzip.compress(content * (50_000_000 // len(content)))  # 5 GB in all
    path.write_bytes(block * 100)
    tracemalloc.start()
    with pytest.raises(NetworkError, match="after line 0: expected two ids, found more than 1048576 bytes"):
        read_edge_list(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NetworkError, match="not a file"):
        read_edge_list(tmp_path / "pipe")


# the network of a market -----------------------------------------------------------------------


def test_a_market_takes_its_network_as_a_group_or_as_a_graph(tmp_path):
    path = tmp_path / "friends.csv"
    path.write_text("".join(f"{a},{(a + step) % 40}\n" for a in range(40) for step in (1, 2, 3)))
    read = sim.market(network={"kind": "file", "path": str(path)})
    given = sim.market(network=read_edge_list(path))
    assert read.n_people == given.n_people == 40 and same(read.network, given.network)
    assert read.parameters.network.path == str(path)
    few = sim.market(n_people=200, network={"log_mean": 2.0, "friends_scale": 1.0})
    assert few.mean_degree < sim.market(n_people=200, network={"log_mean": 3.0, "friends_scale": 1.0}).mean_degree


@pytest.mark.parametrize("wrong", ["friends.csv", 3, ["a", "b"]])
def test_a_network_of_another_type_is_refused_in_one_line(wrong):
    with pytest.raises(ParameterError, match="allowed is a group of parameters, e.g. .* or a Network") as error:
        sim.market(n_people=200, network=wrong)
    assert "\n" not in str(error.value)


def test_groups_beside_parameters_are_refused_as_they_would_not_be_read():
    from sim.parameters import Parameters

    with pytest.raises(ParameterError, match="network: not read beside `parameters`"):
        sim.Market(parameters=Parameters(), network={"log_mean": 2.0})
