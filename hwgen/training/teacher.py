"""A trained network whose scores another one learns from."""

import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Tensor

from hwgen.training.network import Network

__all__ = ["Teacher", "fit_scale"]

_PICTURES = 512


class Teacher:
    """Soft targets from the scores of a network, as its description has them (Hinton et al., 2015).

    Parameters
    ----------
    network : Network
    pictures, labels : Tensor
        The scale of its scores is the one at which they fit these best.
    temperature : float
        That scores are divided by.
    """

    def __init__(
        self, network: Network, pictures: Tensor, labels: Tensor, temperature: float
    ) -> None:
        self.network, self.temperature = network, temperature
        network.eval()
        fit_scale(network, pictures, labels)

    @torch.no_grad()
    def targets(self, pictures: Tensor) -> Tensor:
        """Probabilities (frames, classes)."""
        self.network.eval()
        return (self.network.logits(pictures).float() / self.temperature).softmax(1)

    def losses(self, logits: Tensor, pictures: Tensor) -> Tensor:
        """Divergence of one's own scores from the teacher's, times the temperature squared."""
        own = F.log_softmax(logits / self.temperature, 1)
        distance = F.kl_div(own, self.targets(pictures), reduction="none").sum(1)
        return distance * self.temperature**2


@torch.no_grad()
def fit_scale(network: Network, pictures: Tensor, labels: Tensor) -> None:
    """Set the scale of the scores in the loss to that of the least loss, a power of two."""
    network.eval()
    device = network.log_scale.device
    scores = network.scaled(network(pictures[:_PICTURES].to(device)).real().flatten(1)).double()
    truth = labels[:_PICTURES].to(device)
    spread = max(float(scores.std()), 1e-6)
    scales = [2.0**k / spread for k in range(-4, 6)]
    losses = [float(F.cross_entropy(scores * scale, truth)) for scale in scales]
    network.log_scale.fill_(torch.tensor(scales[losses.index(min(losses))]).log())
