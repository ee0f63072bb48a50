"""What a link allows, held against the bytes that go over it."""

import pytest

from hwgen.boards.frames import encode, pack_picture
from hwgen.boards.link_rate import link_bytes, uart_rate
from hwgen.design import make_design
from hwgen.rtl.link_format import PICTURE, RESULT
from sim.images import random_images
from tests.endings import ending
from tests.small_networks import small_face, tiny_network


@pytest.mark.parametrize("model", [small_face(), tiny_network(), ending("quantise_8", 0)])
def test_frames_have_as_many_bytes_as_are_sent(model):
    design = make_design(model)
    picture = random_images(model, 1, seed=1)[0]
    sent = encode(PICTURE, 0, pack_picture(picture, model.input.bits))
    scores = design.plan.exit.transfers_per_frame * (design.plan.units[-1].data_bits // 8)
    answer = encode(RESULT, 0, bytes(3 + scores))
    assert link_bytes(design) == (len(sent), len(answer))
    assert uart_rate(design, 1_000_000) == 100_000 / (len(sent) + len(answer))
