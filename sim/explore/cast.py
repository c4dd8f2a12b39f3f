"""Who is who on the page: names, and the role that a person plays by what it does."""

import numpy as np
from numpy.typing import NDArray

from sim.population import State

LURKER, BUYER, HONEST, QUICK_BUCK, RECRUITER = range(5)
ROLES = ("lurker", "buyer", "honest", "quick_buck", "recruiter")
"""Words of the roles, in order of their numbers."""

SURNAMES = (
    ("Wang", "王"), ("Li", "李"), ("Zhang", "张"), ("Liu", "刘"), ("Chen", "陈"), ("Yang", "杨"), ("Zhao", "赵"),
    ("Huang", "黄"), ("Zhou", "周"), ("Wu", "吴"), ("Xu", "徐"), ("Sun", "孙"), ("Ma", "马"), ("Zhu", "朱"), ("Hu", "胡"),
    ("Guo", "郭"), ("He", "何"), ("Lin", "林"), ("Luo", "罗"), ("Gao", "高"), ("Zheng", "郑"), ("Liang", "梁"), ("Xie", "谢"),
    ("Tang", "唐"), ("Deng", "邓"),
)  # fmt: skip
GIVEN = (
    ("Fang", "芳"), ("Min", "敏"), ("Jing", "静"), ("Wei", "伟"), ("Qiang", "强"), ("Lei", "磊"), ("Yan", "艳"), ("Jun", "军"),
    ("Juan", "娟"), ("Bo", "波"), ("Ming", "明"), ("Chao", "超"), ("Xia", "霞"), ("Ping", "平"), ("Gang", "刚"), ("Hui", "慧"),
    ("Ying", "英"), ("Hua", "华"), ("Yue", "月"), ("Ling", "玲"), ("Bin", "斌"), ("Qin", "琴"), ("Dan", "丹"), ("Feng", "峰"),
    ("Mei", "梅"),
)  # fmt: skip


def person_name(key: int, language: str) -> str:
    """Return the name of a person; the first 625 keys have names of their own, later ones a number too.

    >>> person_name(0, "en"), person_name(26, "zh")
    ('Wang Fang', '李静')
    """
    which = int(language == "zh")
    n = len(SURNAMES)
    surname, given = SURNAMES[key % n][which], GIVEN[(key // n + key) % len(GIVEN)][which]
    more = f" {key // (n * len(GIVEN)) + 1}" if key >= n * len(GIVEN) else ""
    return f"{surname}{given}{more}" if which else f"{surname} {given}{more}"


def brand_name(number: int, language: str) -> str:
    """Return the name of a brand.

    >>> brand_name(1, "en"), brand_name(1, "zh")
    ('Brand B', 'B品牌')
    """
    letter = chr(ord("A") + number % 26)
    return f"{letter}品牌" if language == "zh" else f"Brand {letter}"


def roles(state: State) -> NDArray[np.int8]:
    """Return the role of everyone, (n_people,).

    Without a shop: who has ever bought in resale, and who has not. With one: who ships fakes, who has more
    income from wholesale and recruits than from retail, and the others.
    """
    people, shops = state.people, state.shops
    role = np.where(people.has_bought, BUYER, LURKER).astype(np.int8)
    owner = np.flatnonzero(people.shop >= 0)
    shop = people.shop[owner]
    others = shops.income_from_wholesale[shop] + shops.income_from_recruits[shop]
    role[owner] = np.where(others > shops.income_from_retail[shop], RECRUITER, HONEST)
    role[owner[shops.ships_fakes[shop]]] = QUICK_BUCK
    return role
