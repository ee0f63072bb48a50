"""A loss that is no number stops the training, with the step and the layer."""

import pytest
from training_cases import TOPOLOGIES, small_data

from hwgen.training import Recipe, TrainingError, train
from hwgen.training.network import Network

RECIPE = Recipe(epochs=3, batch=16)


def poison(monkeypatch: pytest.MonkeyPatch, layer: str, what: str, step: int) -> None:
    """Let a figure of a layer be no number from a step on."""
    real, seen = Network.logits, []

    def logits(self, pictures):
        seen.append(1)
        if len(seen) > step:
            getattr(self.part(layer), what).data[0] = float("nan")
        return real(self, pictures)

    monkeypatch.setattr(Network, "logits", logits)


@pytest.mark.parametrize(
    ("layer", "what", "step", "message"),
    [
        # Signs hide it from the loss.
        ("norm1", "gamma", 7,
         "step 2 of epoch 2: gradients or weights are not finite, layer 'norm1'"),
        ("conv1", "weight", 13,
         "step 2 of epoch 3: gradients or weights are not finite, layer 'conv1'"),
        ("fc3", "weight", 0, "step 1 of epoch 1: the loss is not finite, layer 'fc3'"),
    ],
)  # fmt: skip
def test_what_is_not_finite_stops_with_the_step_and_the_layer(
    monkeypatch, tmp_path, layer, what, step, message
):
    state = tmp_path / "x"
    poison(monkeypatch, layer, what, step)
    with pytest.raises(
        TrainingError,
        match=f"^{message} is the first whose weights or figures are not; train with a lower rate$",
    ) as caught:
        train(TOPOLOGIES["16-bit last layer"], small_data(), RECIPE, checkpoint=state)
    assert caught.value.exit_code == 1
    assert state.exists() == (step >= 6)
