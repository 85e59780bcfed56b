"""Smooth Turing machines: against discrete ones, against chances by hand, compiled against plain."""

import numpy as np
import pytest

from devdash.distributions.synthesis_problems import LARGE, PROBLEMS, SMALL, drawn, words
from devdash.measures.programs.geometry import difference_from_discrete
from devdash.models import turing
from devdash.models.turing_compiled import Loss

STEPS = {"always-reject": 7, "detectA": 7, "parityA": 8, "parityCheck": 39}


def random_table(machine: turing.Machine, seed: int) -> turing.Table:
    generator = np.random.default_rng(seed)
    choose = lambda names: names[int(generator.integers(len(names)))]  # noqa: E731
    return {
        pair: (choose(machine.symbols), choose(machine.states), choose(turing.MOVES))
        for pair in machine.pairs
    }


def random_programs(machine: turing.Machine, count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    parts = [
        generator.dirichlet(np.ones(len(names)), (count, len(machine.pairs)))
        for _, names in machine.parts.values()
    ]
    return np.concatenate(parts, axis=2)


@pytest.mark.parametrize("name", PROBLEMS)
def test_codes_answer_every_word_and_run_as_the_discrete_machine(name):
    problem, (texts, _) = PROBLEMS[name], words(1, 6)
    states = turing.final_states(problem.machine, problem.code(), texts, STEPS[name])
    assert (turing.nats(states, problem.answers(texts)) == 0).all()
    some = texts if len(problem.machine.states) == 2 else texts[::9]
    assert difference_from_discrete(problem.machine, problem.table, some, STEPS[name]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_any_vertex_runs_as_its_discrete_machine(seed):
    table = random_table(SMALL, seed)
    assert difference_from_discrete(SMALL, table, ["", "A", "BA", "BBAB"], 6) == 0
    assert turing.decode(SMALL, turing.encode(SMALL, table)) == table


def test_parity_check_needs_44_steps_for_words_of_7_letters():
    problem, (texts, _) = PROBLEMS["parityCheck"], words(7, 7)
    right = {}
    for steps in (42, 44):
        states = turing.final_states(problem.machine, problem.code(), texts, steps)
        right[steps] = (states.argmax(1) == problem.answers(texts)).mean()
    assert right[42] < 1 and right[44] == 1


def test_pairs_match_independently_and_the_last_one_acts():
    """Head B, state ½ ½: the last pair acts with chance ½, the one before with ½·½, none with ¼."""
    table = {pair: (pair[0], "reject", "Stay") for pair in SMALL.pairs}
    table |= {("B", "reject"): ("A", "accept", "Right"), ("B", "accept"): ("□", "reject", "Left")}
    tape = np.eye(3)[[[0, 0, 2, 0, 0]]]
    after, state = turing.step(SMALL, turing.encode(SMALL, table), tape, np.array([[0.5, 0.5]]))
    assert state[0] == pytest.approx([0.5 + 0.25 / 2, 0.25 + 0.25 / 2])
    # written: □ ½, A ¼, B ¼; moves: Left ½, Right ¼, Stay ¼
    assert after[0, 2] == pytest.approx([0.5 + 0.25 + 0.25 * 0.5, 0.25 * 0.25, 0.25 * 0.25])
    assert after[0, 3] == pytest.approx([0.5 * 0.5 + 0.5, 0.5 * 0.25, 0.5 * 0.25])
    assert after.sum(2) == pytest.approx(1) and state.sum() == pytest.approx(1)


def test_what_is_shown_does_not_depend_on_the_length_of_the_tape():
    (program,) = random_programs(SMALL, 1, 0)
    narrow, wide = (turing.run(SMALL, program, "BAB", 5, cells) for cells in (2, 7))
    assert np.allclose(narrow[0], wide[0][:, 5:10], atol=1e-15)
    ends = turing.final_states(SMALL, program, ["BAB", "A"], 5)
    assert np.allclose(wide[1][-1], ends[0], atol=1e-14)


@pytest.mark.parametrize(("name", "steps"), [("detectA", 5), ("parityA", 1), ("parityCheck", 6)])
def test_compiled_loss_is_the_plain_one(name, steps):
    problem, (texts, chance) = PROBLEMS[name], words(0, 4)
    answers = problem.answers(texts)
    programs = random_programs(problem.machine, 4, 1)
    plain = [
        (chance * turing.nats(turing.final_states(problem.machine, w, texts, steps), answers)).sum()
        for w in programs
    ]
    loss = Loss(problem.machine, texts, answers, chance, steps)
    assert loss(programs) == pytest.approx(plain, rel=1e-12)
    limits = np.array([plain[0] * 1.01, plain[1] * 0.99, -np.inf, np.inf])
    assert np.isfinite(loss(programs, limits)).tolist() == [True, False, False, True]


def test_small_losses_keep_their_digits():
    states = np.array([[1 - 1e-20, 1e-20], [0.25, 0.75], [1.0, 0.0]])
    losses = turing.nats(states, np.array([0, 0, 1]))
    assert losses == pytest.approx([1e-20, np.log(4), np.inf], rel=1e-12)


def test_words_and_their_chances():
    texts, chance = words(1, 3)
    assert len(texts) == 14 and chance.sum() == pytest.approx(1)
    assert chance[texts.index("A")] == pytest.approx(1 / 6)
    some, counts = drawn(1, 3, 1000, seed=0)
    assert counts.sum() == 1000 and set(some) <= set(texts)
    assert abs(counts[some.index("A")] - 1000 / 6) < 4 * np.sqrt(1000 / 6)


def test_dimensions():
    assert SMALL.dimension == 30 and LARGE.dimension == 240


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="from 3 to 1"):
        words(3, 1)
    with pytest.raises(ValueError, match="'C' is no symbol"):
        turing.run(SMALL, PROBLEMS["detectA"].code(), "AC", 3, 2)
    with pytest.raises(ValueError, match="missing or odd"):
        turing.encode(SMALL, {("A", "reject"): ("A", "reject", "Stay")})
