"""Single layers, held against the pictures and scores that come with them."""

import re

import numpy as np
import pytest
from foreign_networks import save, single_arrays

from hwgen.errors import ModelError
from hwgen.model.importers import import_model
from sim import golden


def test_it_gives_its_own_scores(tmp_path):
    arrays = single_arrays()
    model, importer = import_model(save(tmp_path, arrays))
    pictures = np.where(arrays["imgs"] > 0, 128, 127).astype(np.uint8).reshape(3, 5, 5, 1)
    assert importer.name == "single_layer"
    assert np.array_equal(golden.run(model, pictures).scores, arrays["scores"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["scores"].__iadd__(2), "its pictures do not give the scores that it holds"),
        (lambda a: a.update(imgs=a["imgs"][:, :24]),
         "its pictures have 24 pixels, but 'W0' reads 25"),
        (lambda a: a.update(scores=a["scores"][0]),
         "array 'scores': must have the shape 3 x 4, not 4"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_one_sentence(tmp_path, change, message):
    arrays = single_arrays()
    change(arrays)
    path = save(tmp_path, arrays)
    with pytest.raises(ModelError, match=f"^{re.escape(f'{path}: {message}')}$"):
        import_model(path)
