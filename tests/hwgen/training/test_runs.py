"""Training whole: every kind of network leaves as a description that computes what was trained."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from training_cases import CLASSES, DESCRIBED, PLAIN, TOPOLOGIES, described, small_data

from hwgen.errors import MismatchError, ModelError
from hwgen.model import Conv2d, dump_model, load_model, save_model
from hwgen.training import Recipe, fine_tune, train
from hwgen.training.network import Network
from hwgen.training.predict import check_export, exact_scores
from hwgen.training.teacher import Teacher
from sim import golden

SHORT = Recipe(epochs=2, batch=32)


@pytest.mark.parametrize("kind", TOPOLOGIES)
def test_each_kind_of_topology_is_trained_and_computes_the_same_as_its_description(kind):
    data = small_data()
    found = train(TOPOLOGIES[kind], data, SHORT)
    assert found.checked == len(data.test_x)
    theirs = golden.run(found.model, data.test_x, keep=False)
    assert found.accuracy == (theirs.classes == data.test_y).mean()
    network = Network(found.model)
    ours = exact_scores(network, torch.from_numpy(data.test_x))
    # Behind a batch normalisation scores are no integers, and each is rounded in its own way.
    near = 0 if ours.whole else 1e-12
    assert np.allclose(ours.real().numpy(), theirs.float_scores, rtol=0, atol=near)
    assert found.model.classes == CLASSES


@pytest.mark.parametrize("kind", DESCRIBED)
def test_each_kind_of_description_is_what_it_was_and_can_be_trained_further(kind):
    model = described(kind)
    data = small_data(classes=CLASSES[:2] if kind.startswith("one") else CLASSES)
    same = train(model, data, Recipe(epochs=0)).model
    assert dump_model(replace(same, provenance={})) == dump_model(model)
    further = train(model, data, replace(SHORT, rate=0.02)).model
    assert dump_model(replace(further, provenance={})) != dump_model(model)


def test_it_learns():
    found = train(PLAIN, small_data(train=300), Recipe(epochs=6, batch=20))
    assert found.accuracy is not None
    assert found.accuracy > 0.9
    assert found.epochs[-1].loss < found.epochs[0].loss


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    first, second = (train(PLAIN, small_data(), SHORT).model for _ in range(2))
    other = train(PLAIN, small_data(), replace(SHORT, seed=2)).model
    assert dump_model(first) == dump_model(second)
    assert dump_model(first) != dump_model(other)


def test_a_description_of_other_weights_is_refused():
    model = train(PLAIN, small_data(), SHORT).model
    network = Network(model)
    layer = model.layers[0]
    assert isinstance(layer, Conv2d)
    weights = layer.weights.copy()
    weights[0] = -weights[0]
    planted = replace(model, layers=(replace(layer, weights=weights), *model.layers[1:]))
    pictures = small_data().test_x
    with pytest.raises(
        MismatchError,
        match=r"^kind: the description gives other scores than the trained network on \d+ of 60 "
        r"pictures, first on picture \d+$",
    ):
        check_export(network, planted, pictures)
    check_export(network, model, pictures)


def test_fine_tuning_begins_where_the_description_is(tmp_path):
    data = small_data(train=300)
    found = train(PLAIN, data, Recipe(epochs=6, batch=20))
    save_model(found.model, tmp_path / "m.json")
    tuned = fine_tune(load_model(tmp_path / "m.json"), data, epochs=1, rate=1e-6)
    before, after = (
        golden.run(model, data.test_x, keep=False).classes for model in (found.model, tuned)
    )
    assert (before == after).mean() > 0.95


def test_classes_go_by_their_names_and_else_by_their_order():
    data = small_data(train=300)
    model = train(PLAIN, data, Recipe(epochs=6, batch=20)).model
    turned = replace(
        data, classes=CLASSES[::-1],
        **{key: 2 - getattr(data, key) for key in ("train_y", "valid_y", "test_y")},
    )  # fmt: skip
    assert (train(model, turned, Recipe(epochs=0)).accuracy or 0) > 0.9
    notes = []
    named = replace(data, classes=("a", "b", "c"))
    assert (train(model, named, Recipe(epochs=0), note=notes.append).accuracy or 0) > 0.9
    assert notes == [
        "classes have other names than those of kind, and go by their order: a is dot, b is line, "
        "c is ring"
    ]


def test_a_teacher_is_learned_from():
    data = small_data()
    teacher = train(PLAIN, small_data(train=300), Recipe(epochs=6, batch=20)).model
    recipe = Recipe(epochs=6, batch=20, teaching=1.0)
    taught = train(TOPOLOGIES["dense only"], data, recipe, teacher=teacher)
    assert taught.model.provenance["teacher"] == "kind"
    assert taught.accuracy is not None
    assert taught.accuracy > 0.8
    network = Network(teacher)
    x, y = (torch.from_numpy(part) for part in (data.train_x, data.train_y))
    master = Teacher(network, x, y, 2.0)
    assert (master.targets(x).argmax(1) == y).float().mean() > 0.8
    own, other = (
        master.losses(network.logits(x).float() * sign, x).mean().item() for sign in (1, -1)
    )
    assert own < 1e-6 < other


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_x": np.zeros((96, 9, 8, 1), np.uint8)},
         r"<memory>: reads pictures of 8 x 8 x 1, but those to learn from are 9 x 8 x 1"),
        ({"classes": ("a", "b")}, r"<memory>: has 3 classes, but the pictures show 2"),
    ],
)  # fmt: skip
def test_a_description_of_other_pictures_or_classes_is_refused(change, message):
    with pytest.raises(ModelError, match=f"^{message}$"):
        train(described(DESCRIBED[0]), replace(small_data(), **change), SHORT)
